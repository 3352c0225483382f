"""What somebody writes for the names of a site, and what is made of it."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.wanstudio.processes import refusal, settings
from wanstudio.hosts import env_host_suffixes, env_hosts, env_origins


@pytest.fixture
def variable(monkeypatch):
    return lambda value: monkeypatch.setenv("THING", value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "studio.example.com",
        ".example.com",
        "a.example.com, B.example.com",
        "[::1]",
        "host-1",
    ],
)
def test_host_names_are_taken_as_they_are(variable, value):
    variable(value)
    assert env_hosts("THING") == [part.strip() for part in value.split(",") if part]


@pytest.mark.parametrize(
    ("value", "better"),
    [
        ("https://studio.example.com", "studio.example.com"),
        ("https://studio.example.com/", "studio.example.com"),
        ("studio.example.com:8443", "studio.example.com"),
        ("https://ada@studio.example.com:8443/studio?x#y", "studio.example.com"),
        ("studio.example.com/studio", "studio.example.com"),
        ("//studio.example.com", "studio.example.com"),
        ("a.example.com b.example.com", "a.example.com,b.example.com"),
        ("a.example.com;b.example.com", "a.example.com,b.example.com"),
        ("['a.example.com', 'b.example.com']", "a.example.com,b.example.com"),
        ('"a.example.com"', "a.example.com"),
        ("https://a.example.com,a.example.com", "a.example.com"),
        ("*.example.com", ".example.com"),
        ("studio.example.com.", "studio.example.com"),
        ("[http://a.example.com:80,b.example.com]", "a.example.com,b.example.com"),
        ("::1", "[::1]"),
        ("http://[2001:db8::1]:8000/", "[2001:db8::1]"),
        ("[2001:db8::1]:8000", "[2001:db8::1]"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("工作室.example.com", "xn--2qq421aovb.example.com"),
    ],
)
def test_what_would_match_no_host_is_refused_with_the_value_to_write(variable, value, better):
    variable(value)
    with pytest.raises(ImproperlyConfigured) as refused:
        env_hosts("THING")
    assert str(refused.value).endswith(f"Write THING={better}")
    variable(better)
    assert env_hosts("THING") == better.split(",")


@pytest.mark.parametrize("value", ["my_host", "https://", "...", "a..b", "\u00ad.com", "["])
def test_what_means_no_host_is_refused_all_the_same(variable, value):
    variable(value)
    with pytest.raises(ImproperlyConfigured, match="THING takes host names"):
        env_hosts("THING")


@pytest.mark.parametrize(
    "value", ["https://a.example.com", "http://localhost:8000", "https://*.example.com:8443"]
)
def test_origins_are_taken_as_they_are(variable, value):
    variable(value)
    assert env_origins("THING") == [value]


@pytest.mark.parametrize(
    ("value", "better"),
    [
        ("studio.example.com", "https://studio.example.com"),
        ("https://studio.example.com/", "https://studio.example.com"),
        ("https://studio.example.com/studio/", "https://studio.example.com"),
        ("https://studio.example.com:443", "https://studio.example.com"),
        ("http://studio.example.com:80", "http://studio.example.com"),
        ("HTTPS://Studio.example.com", "https://studio.example.com"),
        ("studio.example.com:8443", "https://studio.example.com:8443"),
        (".example.com", "https://*.example.com"),
        ("*.example.com", "https://*.example.com"),
        ("https://a.example.com b.example.com", "https://a.example.com,https://b.example.com"),
        ("['https://a.example.com:8443']", "https://a.example.com:8443"),
        ("http://[::1]:8000/x", "http://[::1]:8000"),
    ],
)
def test_what_no_browser_sends_as_its_origin_is_refused_too(variable, value, better):
    variable(value)
    with pytest.raises(ImproperlyConfigured) as refused:
        env_origins("THING")
    assert str(refused.value).endswith(f"Write THING={better}")
    variable(better)
    assert env_origins("THING") == better.split(",")


def test_ends_of_host_names_may_be_written_in_each_usual_way(variable):
    variable(".example.com,*.example.org,my_bucket.example.net,[2001:db8::1]")
    assert len(env_host_suffixes("THING")) == 4
    variable("https://cdn.example.com:443/videos")
    with pytest.raises(ImproperlyConfigured, match="Write THING=cdn.example.com$"):
        env_host_suffixes("THING")


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"HOST": "0.0.0.0", "PORT": "80"}, "http://127.0.0.1:80"),
        ({"ALLOWED_HOSTS": "studio.lan"}, "http://studio.lan:8000"),
        ({"ALLOWED_HOSTS": "studio.lan", "WANSTUDIO_PROXIES": "1"}, "http://studio.lan"),
        ({"ALLOWED_HOSTS": ".lan,studio.lan", "WANSTUDIO_HTTPS": "on"}, "https://studio.lan"),
        ({"ALLOWED_HOSTS": ".lan", "WANSTUDIO_URL": "https://s.lan:8443/"}, "https://s.lan:8443"),
    ],
)
def test_links_in_mails_lead_to_where_people_find_the_studio(variables, url):
    assert settings("WANSTUDIO_URL", **variables) == url


@pytest.mark.parametrize("url", ["studio.lan", "https://a.lan/studio", "https://*.lan", "ftp://a"])
def test_an_address_that_no_link_can_begin_with_is_refused(url):
    assert "WANSTUDIO_URL must look like https://" in refusal(WANSTUDIO_URL=url)
