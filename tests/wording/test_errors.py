"""Every error has its sentence and its next step."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from generations.providers.errors import ErrorCode
from generations.wording import (
    AGAIN,
    next_step,
    provider_code,
    retry,
    sentence,
)


@pytest.mark.parametrize("code", [*ErrorCode, "restored"])
def test_every_code_has_a_sentence_and_a_next_step_in_both_languages(code):
    with translation.override("en"):
        english = sentence(code), next_step(code)
    with translation.override("zh-hans"):
        chinese = sentence(code), next_step(code)
    assert all(english) and all(chinese)
    assert english[0] != chinese[0] and english[1] != chinese[1]


@pytest.mark.parametrize("code", ["", "unheard_of"])
def test_a_code_that_nobody_knows_is_a_failure_of_the_provider(code):
    assert sentence(code) == sentence(ErrorCode.PROVIDER)
    assert retry(code) == AGAIN


def test_only_what_may_help_is_offered():
    assert {code for code in ErrorCode if retry(code) == AGAIN} == {"provider", "expired"}
    assert {code for code in ErrorCode if retry(code) == "edit"} == {
        "content", "ip", "image", "too_large", "blocked",
    }  # fmt: skip
    assert retry("unconfirmed") == "warned"


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("HTTP 400 DataInspectionFailed: Input data may be (request 4711)", "DataInspectionFailed"),
        ("InvalidParameter.DataInspection: unreadable", "InvalidParameter.DataInspection"),
        ("HTTP 403 insufficient_quota: no more", "insufficient_quota"),
        ("HTTP 502 <html>Bad gateway: nginx</html>", ""), ("24 hours are over", ""),
        ("the stored picture cannot be read: [Errno 2]", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_providers_own_code_is_told_from_words(note, code):
    assert provider_code(note) == code


def test_no_error_claims_that_nothing_was_billed():
    assert not [code for code in ErrorCode if "billed." in sentence(code) + next_step(code)
                and code != ErrorCode.UNCONFIRMED]  # fmt: skip


def test_saving_says_until_when_it_is_tried():
    until = datetime(2031, 5, 17, tzinfo=UTC)
    assert "2031" in sentence(ErrorCode.SAVE, until=until)


def test_staff_read_what_may_be_wrong_with_the_key():
    assert "region" in sentence(ErrorCode.AUTH, for_staff=True)
    assert "region" not in sentence(ErrorCode.AUTH)
