"""HTTPS behind a proxy that does not say so, and behind one that does."""

import logging

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

PAGE = "/accounts/login/?next=/gallery/"


@pytest.fixture(autouse=True)
def behind_tls(settings, owner):
    settings.ALLOWED_HOSTS = ["studio.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.fixture
def browser():
    return Client(headers={"host": "studio.example.com"})


def follow(browser, path=PAGE, **headers):
    """Follow redirects to HTTPS as through a proxy that never says so; the last answer."""
    for _ in range(16):  # Safari gives up after as many
        answer = browser.get(path, headers={"host": "studio.example.com", **headers})
        if answer.status_code != 301:
            return answer
        assert answer["Location"] == f"https://studio.example.com{path}"
        assert answer["Cache-Control"] == "no-store"
    raise AssertionError("redirects without end")


def test_a_redirect_that_leads_to_itself_ends_with_what_to_do(browser, caplog):
    answer = follow(browser)
    assert answer.status_code == 500
    assert answer["Cache-Control"] == "no-store"
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in answer.content.decode()
    (record,) = (record for record in caplog.records if record.name == "wanstudio.https")
    assert record.levelno == logging.ERROR
    assert "without X-Forwarded-Proto: https" in record.getMessage()


def test_the_log_says_it_once(browser, caplog):
    for path in (PAGE, PAGE, "/gallery/", "/static/css/studio.css"):
        assert follow(browser, path).status_code == 500
    assert len([record for record in caplog.records if record.name == "wanstudio.https"]) == 1


@pytest.mark.parametrize("header", ["http", "HTTPS", "http, https"])
def test_a_header_that_says_something_else_is_as_good_as_none(browser, caplog, header):
    assert follow(browser, **{"X-Forwarded-Proto": header}).status_code == 500
    assert [header] == [record.arrived for record in caplog.records if hasattr(record, "arrived")]


def test_the_page_speaks_the_language_of_the_browser(browser):
    answer = follow(browser, **{"Accept-Language": "zh-CN"}).content.decode()
    assert 'lang="zh-hans"' in answer
    assert "请让代理发送 X-Forwarded-Proto 请求头" in answer


def test_who_comes_by_http_is_redirected_once_and_sees_the_page(browser):
    for _ in range(5):  # the cookie of each time is given back
        answer = browser.get(PAGE)
        assert (answer.status_code, answer["Location"][:8]) == (301, "https://")
        answer = browser.get(PAGE, headers={"X-Forwarded-Proto": "https"})
        assert answer.status_code == 200
        assert not [morsel for morsel in browser.cookies.values() if morsel["max-age"] == 10]


def test_two_clicks_on_a_link_are_no_loop(browser):
    assert browser.get(PAGE).status_code == browser.get(PAGE).status_code == 301
    assert browser.get(PAGE, headers={"X-Forwarded-Proto": "https"}).status_code == 200


def test_many_addresses_and_many_people_are_no_loop():
    browser = Client(headers={"host": "studio.example.com"})
    for number in range(9):
        assert Client().get(PAGE, headers={"host": "studio.example.com"}).status_code == 301
        assert browser.get(f"/gallery/?q={number}").status_code == 301


@pytest.mark.parametrize("count", ["-1", "3", "x", "²", "9" * 5000])
def test_a_count_that_nobody_gave_counts_nothing(browser, count):
    browser.get(PAGE)
    (name,) = (name for name in browser.cookies if name.startswith("wanstudio_to_https_"))
    browser.cookies[name] = count
    assert browser.get(PAGE).status_code == 301


def test_without_https_nothing_is_counted(browser, settings):
    settings.SECURE_SSL_REDIRECT = False
    assert browser.get(PAGE).status_code == 200
    assert not [name for name in browser.cookies if name.startswith("wanstudio_to_https_")]
