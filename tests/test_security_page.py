"""The page on security names tests, which must be there, and limits, which must be those kept."""

import re
from pathlib import Path

from generations.media.bucket import LIMITS
from generations.models.backoff import MAX_PAUSE
from generations.models.submit_throttle import BREAKER_FAILURES, BREAKER_PAUSE
from generations.providers.dashscope import DashScope
from generations.providers.http.download import MAX_REDIRECTS, Download
from generations.providers.http.provider import HTTPProvider
from generations.providers.http.response import MAX_ANSWER
from generations.providers.http.response import MAX_PAUSE as LONGEST_RETRY_AFTER
from generations.providers.mulerouter import MuleRouter
from generations.providers.relay import Relay
from generations.providers.vtrix import Vtrix
from tests.test_reliability_page import read
from wanstudio.settings import mail_settings

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "security.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under this heading, without its head."""
    table = PAGE.partition(f"## {heading}\n")[2].partition("|---|")[2].partition("\n\n")[0]
    lines = table.splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def seconds(value: float) -> str:
    return f"{value:g} s"


def test_every_promise_names_tests_that_are_there() -> None:
    promises = rows("Promises and their tests")
    assert len(promises) > 20
    for promise, tests in promises:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
        assert named and len(named) == len(tests.split(" · ")), promise
        for path, name in named:
            assert re.search(rf"^def {name}\(", read(path), re.MULTILINE), f"{path}::{name}"


def test_the_limits_of_what_goes_out_are_those_that_are_kept() -> None:
    http, bucket = HTTPProvider, LIMITS
    mail = mail_settings("smtp://mail.example.com")
    kept = [
        [seconds(http.connect_seconds), seconds(http.submit_seconds)],
        [seconds(http.poll_seconds)],
        [f"{http.connections}"],
        [f"{MAX_ANSWER // 1_000_000} MB"],
        [seconds(LONGEST_RETRY_AFTER)],
        [seconds(MAX_PAUSE.total_seconds())],
        [f"{BREAKER_FAILURES}", seconds(BREAKER_PAUSE.total_seconds())],
        [seconds(Download.silence), seconds(Download.seconds), f"{MAX_REDIRECTS}"],
        [
            seconds(bucket.connect_timeout),
            seconds(bucket.read_timeout),
            f"{bucket.retries['total_max_attempts']}",
        ],
        [seconds(mail["EMAIL_TIMEOUT"])],
    ]
    assert [value.split(" · ") for _, value in rows("Limits of outgoing requests")] == kept


def test_the_pace_of_each_service_is_that_of_its_adapter() -> None:
    told = PAGE.partition("| Service |")[2].partition("\n\n")[0].splitlines()[2:]
    assert told == [
        f"| {adapter.__name__} | {adapter.poll_every:g} s | {adapter.query_rate:g} "
        f"| {adapter.max_open} | {adapter.submit_every:g} s |"
        for adapter in (DashScope, MuleRouter, Vtrix, Relay)
    ]
