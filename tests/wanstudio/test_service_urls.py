"""Addresses with passwords in them: read whole, or refused without a piece of them."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.wanstudio.processes import run
from wanstudio.service_urls import (
    database_settings,
    env_url,
    mail_settings,
    redis_url,
    split_url,
)

HOME = Path("/srv/studio")
FORMS = {
    "REDIS_URL": "redis://:{}@127.0.0.1:6379/0",
    "EMAIL_URL": "smtp://ada:{}@mail.example.com:587",
    "DATABASE_URL": "postgres://ada:{}@127.0.0.1/studio",
    "DASHSCOPE_PROXY": "http://ada:{}@127.0.0.1:3128",
}
TORN = [
    "canary#w0rd",
    "canary/w0rd",
    "canary?w0rd",
    "canary[w0rd",
    "canary@x#w0rd",
    "#canary",
    "canary#",
]
TORN += ["canary]w0rd", "canary@x/w0rd", "canary@x?w0rd"]


@pytest.mark.parametrize("password", TORN)
@pytest.mark.parametrize("name", FORMS)
def test_a_password_that_would_be_torn_apart_is_refused_without_a_piece_of_it(name, password):
    with pytest.raises(ImproperlyConfigured) as refused:
        split_url(name, FORMS[name].format(password), {FORMS[name].partition(":")[0]}, "")
    sentence = str(refused.value)
    assert sentence.startswith(f"{name} ")
    assert "write # as %23" in sentence
    assert "canary" not in sentence
    assert "w0rd" not in sentence
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("name", FORMS)
def test_neither_the_start_nor_a_traceback_tells_a_piece_of_it(name):
    ran = run(
        "import wanstudio.settings",
        DASHSCOPE_API_KEY="k",
        **{name: FORMS[name].format("canary#w0rd")},
    )
    assert ran.returncode == 1
    assert "write # as %23" in ran.stderr
    assert "canary" not in ran.stderr
    assert "w0rd" not in ran.stderr


def test_what_is_percent_encoded_is_what_the_server_is_told():
    encoded = "%23%2F%3F%40%3A%5B%5D%25"
    database = database_settings(f"postgres://ada:{encoded}@h:5433/studio", HOME)
    assert (database["PASSWORD"], database["PORT"], database["NAME"]) == (
        "#/?@:[]%",
        5433,
        "studio",
    )
    assert mail_settings(f"smtp://a:{encoded}@h")["EMAIL_HOST_PASSWORD"] == "#/?@:[]%"


def test_a_sign_that_is_read_rightly_all_the_same_stays_allowed():
    assert database_settings("postgres://ada:p@ss:word@h/n", HOME)["PASSWORD"] == "p@ss:word"


@pytest.mark.parametrize(
    "url", ["mysql://u@h/n", "oracle://h/n", "postgis://h/n", "nonsense", "canary:w0rd@h", "://x"]
)
def test_another_kind_of_database_is_refused_without_repeating_its_address(url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must begin with") as refused:
        database_settings(url, HOME)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("url", ["postgres://h", "postgres://ada:canary@h/"])
def test_a_server_without_a_database_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="must name a database"):
        database_settings(url, HOME)


@pytest.mark.parametrize(
    ("url", "engine", "name"),
    [
        ("postgres://h/studio", "postgresql", "studio"),
        ("postgresql:///studio", "postgresql", "studio"),
        ("pgsql://%2Frun%2Fpostgresql/studio?sslmode=require", "postgresql", "studio"),
        ("sqlite:////srv/a@b/x.sqlite3", "sqlite3", "/srv/a@b/x.sqlite3"),
        ("sqlite:///data/x.sqlite3", "sqlite3", "/srv/studio/data/x.sqlite3"),
        ("sqlite://", "sqlite3", ":memory:"),
    ],
)
def test_sqlite_and_postgresql_are_taken_in_each_usual_way(url, engine, name):
    database = database_settings(url, HOME)
    assert database["ENGINE"] == f"django.db.backends.{engine}"
    assert database["NAME"] == name


@pytest.mark.parametrize(
    "url",
    ["redis://h", "rediss://:p%23w@h:6380/2", "redis://:p@/0", "unix:///run/redis.sock?db=1", ""],
)
def test_one_redis_server_is_taken_in_each_usual_way(monkeypatch, url):
    monkeypatch.setenv("REDIS_URL", url)
    assert env_url("REDIS_URL", ("redis", "rediss", "unix"), "") == url


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("", ""),
        ("unix:///run/r?db=1", "unix:///run/r?db=1&socket_timeout=3&socket_connect_timeout=3"),
        (
            "rediss://h?socket_timeout=9",
            "rediss://h?socket_timeout=9&socket_connect_timeout=3",
        ),
    ],
)
def test_a_redis_that_hangs_is_given_up_unless_its_address_says_when(given, used):
    assert redis_url(given) == used


def test_a_relay_without_tls_is_asked_for_by_name():
    relay = mail_settings("smtp://relay.internal?tls=off")
    assert (relay["EMAIL_PORT"], relay["EMAIL_USE_TLS"], relay["EMAIL_USE_SSL"]) == (
        25,
        False,
        False,
    )
    assert mail_settings("smtp://h:2525?tls=on")["EMAIL_USE_TLS"]
    assert mail_settings("smtp://h")["EMAIL_PORT"] == 587


@pytest.mark.parametrize("query", ["tls=of", "starttls=off", "tls", "tls=off&ssl=on"])
def test_what_else_stands_behind_the_address_of_a_mail_server_is_refused(query):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL must look like"):
        mail_settings(f"smtp://h?{query}")
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL must look like"):
        mail_settings("smtps://h?tls=off")


@pytest.mark.parametrize("url", ["smtp://", "smtp://ada:canary@", "mail.example.com", "http://h"])
def test_mail_needs_a_host(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL must look like") as refused:
        mail_settings(url)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("url", ["redis://h:canary/0", "redis://h:99999/0"])
def test_a_port_that_is_none_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="cannot be read as an address") as refused:
        split_url("REDIS_URL", url, {"redis"}, "")
    assert "canary" not in str(refused.value)
