"""What leaves for Sentry, by a stand-in for its package."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.wanstudio.processes import refusal, run
from wanstudio.sentry import without_words

STAND_IN = "given = {}\ndef init(**options): given.update(options)\n"
SHOW = """
import json, wanstudio.settings, sentry_sdk
print(json.dumps(sentry_sdk.given, default=lambda function: function.__name__))
"""


def test_errors_are_told_without_locals_bodies_breadcrumbs_and_traces(tmp_path: Path) -> None:
    (tmp_path / "sentry_sdk.py").write_text(STAND_IN)
    given = json.loads(
        run(SHOW, SENTRY_DSN="https://k@sentry.example/1", PYTHONPATH=str(tmp_path)).stdout
    )
    assert given == {
        "dsn": "https://k@sentry.example/1",
        "before_send": "without_words",
        "send_default_pii": False,
        "include_local_variables": False,
        "max_request_body_size": "never",
        "max_breadcrumbs": 0,
        "trace_propagation_targets": [],
    }


def test_searches_do_not_go_along() -> None:
    request = {
        "method": "GET", "url": "https://studio.example.com/gallery/", "env": {},
        "query_string": "q=a+secret", "headers": {"Referer": "https://x/gallery/?q=a+secret"},
    }  # fmt: skip
    told = without_words({"level": "error", "request": request}, {})
    assert told["request"] == {"method": "GET", "url": "https://studio.example.com/gallery/"}
    assert without_words({"level": "error"}, {})["level"] == "error"


def test_keys_of_mails_do_not_go_along_either() -> None:
    path = "/accounts/reset/1-key-of-a-mail/"
    event = {
        "request": {"method": "GET", "url": f"https://studio.example.com{path}"},
        "logentry": {"message": "Internal Server Error: %s", "params": [path]},
        "exception": {"values": [{"type": "ValueError", "value": f"no {path}?a=b"}]},
        "level": 40,
    }
    told = without_words(event, {})
    assert "key-of-a-mail" not in json.dumps(told)
    assert told["request"]["url"] == "https://studio.example.com/accounts/reset/…/"
    assert told["level"] == 40


@pytest.mark.skipif(
    find_spec("sentry_sdk") is not None, reason="the package is here, so nothing is missing"
)
def test_without_the_package_the_start_says_what_to_install() -> None:
    assert "pip install sentry-sdk" in refusal(SENTRY_DSN="https://k@sentry.example/1")


def test_an_address_that_is_none_is_refused_without_repeating_it(tmp_path: Path) -> None:
    (tmp_path / "sentry_sdk.py").write_text("def init(dsn, **options): raise ValueError(dsn)\n")
    sentence = refusal(SENTRY_DSN="canary", PYTHONPATH=str(tmp_path))
    assert sentence.endswith("SENTRY_DSN must look like https://key@host/number.")
