"""Two studios on one host and one Redis share nothing; all machines of one studio agree."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured

from tests.installation import PASSWORD, Installation, Person
from tests.wanstudio.processes import settings
from wanstudio.instance import instance_name
from wanstudio.service_urls import database_settings


def name_of(url: str) -> str:
    return instance_name(database_settings(url, Path("/srv")))


@pytest.mark.parametrize(
    "url",
    [
        "postgres://worker:other@db.example.com/studio",
        "postgresql://db.example.com:5432/studio?sslmode=verify-full",
        "postgres://web@DB.example.com/studio",
    ],
)
def test_user_password_and_options_of_a_connection_name_no_other_studio(url: str) -> None:
    assert name_of(url) == name_of("postgres://web:secret@db.example.com/studio")


@pytest.mark.parametrize(
    "url",
    [
        "postgres://localhost/studio",
        "postgres://127.0.0.1:5432/studio",
        "postgres:///studio?host=/run/postgresql",
        "postgres://%2Frun%2Fpostgresql/studio",
    ],
)
def test_a_server_on_this_machine_is_one_by_all_its_names(url: str) -> None:
    assert name_of(url) == name_of("postgres:///studio")


def test_other_databases_are_other_studios() -> None:
    urls = [
        "postgres://db.example.com/studio", "postgres://db.example.com/other",
        "postgres://db.example.com:5433/studio", "postgres://db2.example.com/studio",
        "sqlite:///one.sqlite3", "sqlite:///two.sqlite3",
    ]  # fmt: skip
    assert len({name_of(url) for url in urls}) == len(urls)


def test_one_file_is_one_studio_whatever_leads_to_it(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "link").symlink_to("app")
    assert name_of(f"sqlite:///{tmp_path}/link/a.sqlite3") == name_of(
        f"sqlite:///{tmp_path}/app/a.sqlite3"
    )


def test_a_name_of_ones_own_names_cookies_and_queue() -> None:
    session, queue = settings(
        "SESSION_COOKIE_NAME", "Q_CLUSTER",
        WANSTUDIO_INSTANCE="team-1", REDIS_URL="redis://localhost/1",
    )  # fmt: skip
    assert session == "wanstudio_session_team-1"
    assert queue["name"] == "wanstudio-team-1"


@pytest.mark.parametrize("name", ["a b", "studio;", "x" * 33, "工作室"])
def test_a_name_that_no_cookie_can_have_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANSTUDIO_INSTANCE", name)
    with pytest.raises(ImproperlyConfigured, match="WANSTUDIO_INSTANCE must be 1 to 32 letters"):
        name_of("sqlite:///a.sqlite3")


def studio(folder: Path, **variables: str) -> Installation:
    made = Installation(folder, **variables)
    made.migrate()
    made.person("ada")
    return made


def sign_in(person: Person, address: str) -> None:
    person.address = address
    person.submit("/accounts/login/", username="ada", password=PASSWORD)


def test_two_studios_at_two_ports_of_one_host_sign_nobody_out(tmp_path: Path) -> None:
    one, two = studio(tmp_path / "one"), studio(tmp_path / "two")
    with one.web() as first, two.web() as second:
        person = Person(first, "ada")
        sign_in(person, second)
        for address in (first, second):
            assert person.get(f"{address}/activity/", allow_redirects=False).status_code == 200


def tasks_of(name: str) -> str:
    return f"django_q:{name}:q"


@pytest.mark.skipif(not os.environ.get("TEST_REDIS_URL"), reason="TEST_REDIS_URL names no Redis")
def test_two_studios_on_one_redis_take_none_of_each_others_tasks(tmp_path: Path) -> None:
    url = urlsplit(os.environ["TEST_REDIS_URL"]).geturl()
    one, two = (studio(tmp_path / name, REDIS_URL=url) for name in ("one", "two"))
    with redis.from_url(url) as server, one.web() as first, two.web() as second:
        Person(first, "ada").make_video("of the first")
        Person(second, "ada").make_video("of the second")
        waiting: dict[str, Any] = {
            key.decode(): server.llen(key) for key in server.keys("django_q:wanstudio-*:q")
        }
        names = [
            there.run("from django.conf import settings; print(settings.Q_CLUSTER['name'])")
            for there in (one, two)
        ]
        assert set(waiting) == set(map(tasks_of, names))
        assert len(waiting) == 2

        with one.worker():
            for _ in range(600):
                if one.run("print(Generation.objects.succeeded().count())") == "1":
                    break
        assert server.llen(tasks_of(names[1])) == waiting[tasks_of(names[1])]
        assert two.run("print(Generation.objects.get().status)") == "queued"
