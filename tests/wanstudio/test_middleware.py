import logging
import re
from pathlib import Path

import pytest
from django.http import HttpResponse

from wanstudio.middleware import (
    MAX_BODY_BYTES,
    DefaultHeadersMiddleware,
    RequestLogMiddleware,
)


def answer(rf, path="/gallery/?q=secret-prompt", response=None, **headers):
    """What a page under both middlewares answers."""
    page = DefaultHeadersMiddleware(lambda request: response or HttpResponse("page"))
    return RequestLogMiddleware(page)(rf.get(path, headers=headers))


def test_every_answer_carries_the_policy(rf):
    policy = answer(rf)["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_a_policy_of_its_own_stays(rf):
    media = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'; sandbox"})
    assert answer(rf, response=media)["Content-Security-Policy"] == "default-src 'none'; sandbox"


class Unread:
    """A body that nobody may touch."""

    def read(self, *args):
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/admin/login/", "/nowhere/"])
def test_of_a_body_that_is_too_large_nothing_is_read(client, owner, path):
    length = {"CONTENT_LENGTH": str(MAX_BODY_BYTES + 1), "wsgi.input": Unread()}
    answer = client.post(path, headers={"Accept-Language": "zh-hans"}, **length)
    assert answer.status_code == 413
    assert "图片最大 10 MB" in answer.content.decode()
    assert "script-src 'self';" in answer["Content-Security-Policy"]
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")


def test_nginx_lets_through_what_the_studio_does():
    conf = Path(__file__).resolve().parents[2] / "docs/deploy/nginx-locations.conf"
    limit = re.search(r"^client_max_body_size (\d+)m;", conf.read_text(), re.MULTILINE)
    assert int(limit[1]) * 1024 * 1024 == MAX_BODY_BYTES


def test_a_request_is_one_line_without_what_was_searched_for(rf, caplog):
    caplog.set_level(logging.INFO, "wanstudio.request")
    answer(rf)
    (record,) = caplog.records
    assert record.getMessage() == "GET /gallery/ 200"


def test_health_checks_and_static_files_are_not_logged(rf, caplog):
    caplog.set_level(logging.INFO, "wanstudio.request")
    for path in ("/livez", "/readyz", "/healthz"):
        answer(rf, path)
    answer(rf, "/static/css/base.css")
    assert caplog.records == []


def test_an_id_from_outside_counts_only_behind_a_proxy_of_ours(rf, settings):
    given = "0123456789abcdef-ours"
    assert answer(rf, **{"X-Request-ID": given})["X-Request-ID"] != given
    settings.WANSTUDIO_PROXIES = 1
    assert answer(rf, **{"X-Request-ID": given})["X-Request-ID"] == given
    assert answer(rf, **{"X-Request-ID": "two words"})["X-Request-ID"] != "two words"
