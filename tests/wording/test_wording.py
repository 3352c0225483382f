"""Every end and every state has its sentence, and nothing promises what nobody knows."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone, translation

from generations.models import Review, Status
from generations.providers.base import ErrorCode
from generations.wording import (
    AGAIN,
    REJECT_REASONS,
    Place,
    next_step,
    provider_code,
    retry,
    sentence,
    state,
    until_sent,
    usually,
)

HERE = Place(label="DashScope")


def row(status, **fields):
    now = timezone.now()
    usual = {
        "status": status, "provider": "dashscope", "remote_state": "", "error_code": "",
        "review": "pending", "review_reason": "", "review_note": "",
        "submitted_at": now, "expires_at": now + timedelta(hours=24),
    }  # fmt: skip
    return SimpleNamespace(**usual | fields)


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


def test_after_a_restore_nobody_says_that_nothing_was_billed():
    said = state(row("queued"), Place(label="D", pause_code="restored"))
    assert said.next_step == "You need not do anything. It is sent once staff have looked."


def test_saving_says_until_when_it_is_tried():
    until = datetime(2031, 5, 17, tzinfo=UTC)
    assert "2031" in sentence(ErrorCode.SAVE, until=until)


def test_staff_read_what_may_be_wrong_with_the_key():
    assert "region" in sentence(ErrorCode.AUTH, for_staff=True)
    assert "region" not in sentence(ErrorCode.AUTH)


@pytest.mark.parametrize("status", Status.values)
def test_every_status_has_a_state(status):
    said = state(row(status))
    assert said.name and said.title and said.sentence
    assert said.kind in {"waiting", "working", "ready", "failed", "doubt", "ended"}


@pytest.mark.parametrize(
    ("one", "place", "name", "text"),
    [
        (row("queued"), HERE, "waiting", "Waiting to be sent"),
        (row("queued"), Place(label="D", ahead=1), "waiting", "Waiting to be sent · 1 ahead"),
        (row("queued"), Place(label="D", ahead=3), "waiting", "Waiting to be sent · 3 ahead"),
        (row("queued"), Place(label=""), "unconfigured",
         "Waiting: this provider is not set up at the moment."),
        (row("queued"), Place(label="D", pause_code="billing"), "paused",
         "The studio's provider account needs attention. Staff have been told."),
        (row("queued"), Place(label="D", pause_code="restored"), "paused",
         "The studio was restored from a backup: staff check first what was sent."),
        (row("queued"), Place(label="D", resting=True), "resting",
         "The provider is busy. We will send this for you in a moment."),
        (row("submitting"), HERE, "sending", "Sending to DashScope…"),
        (row("running"), HERE, "queued", "In the provider's queue"),
        (row("running", remote_state="pending"), HERE, "queued", "In the provider's queue"),
        (row("running", remote_state="running"), HERE, "generating", "Generating"),
        (row("queued", error_code="unreachable"), Place(label="D", resting=True), "resting",
         "The provider cannot be reached at the moment."),
        (row("queued"), Place(label="D", outage_code="unconfirmed"), "resting",
         "The provider cannot be reached at the moment."),
        (row("queued"), Place(label="D", outage_code="storage"), "resting",
         "The studio's own storage does not answer at the moment."),
        (row("queued"), Place(label="D", ahead=1, blocked=True), "held_up",
         "Waiting: earlier videos take much longer than usual at the provider."),
        (row("running", error_code="poll"), HERE, "refused_poll",
         "Sent, but the provider does not let us ask how far it is. Staff have been told."),
        (row("running"), Place(), "unreachable",
         "This provider is not set up at the moment. We ask it again once it is."),
        (row("storing"), HERE, "saving", "Finished. Saving a copy…"),
        (row("succeeded"), HERE, "ready", "Ready"),
        (row("failed", error_code="content"), HERE, "failed", sentence("content")),
        (row("failed", error_code="expired"), HERE, "lost",
         "The provider no longer has this video."),
        (row("unconfirmed"), HERE, "unconfirmed",
         "We could not confirm that the provider received this."),
        (row("canceled"), HERE, "cancelled",
         "Cancelled before it was sent. Nothing was billed."),
    ],
)  # fmt: skip
def test_a_card_says(one, place, name, text):
    said = state(one, place)
    assert (said.name, said.sentence) == (name, text)


@pytest.mark.parametrize("code", ["rate", "save"])
def test_what_has_failed_promises_no_more_that_it_is_tried_again(code):
    said = state(row("failed", error_code=code), HERE)
    assert said.sentence == sentence(ErrorCode.PROVIDER) and said.can_retry


def test_a_late_row_says_so_and_is_not_ended(settings):
    settings.WANSTUDIO_LATE_MINUTES = 30
    one = row("running", submitted_at=timezone.now() - timedelta(minutes=31))
    assert state(one, HERE).name == "late"
    assert "24 hours" in state(one, HERE).sentence
    assert state(row("running"), HERE).name == "queued"


def test_a_video_that_could_not_be_saved_yet_says_until_when():
    one = row("storing", error_code="save")
    said = state(one, HERE)
    assert said.name == "unsaved" and str(one.expires_at.year) in said.sentence


def test_whoever_leaves_after_sending_is_told_that_it_will_be_billed():
    assert "billed" in state(row("running"), HERE).next_step
    assert not state(row("submitting"), HERE).next_step


def test_a_rejected_video_tells_the_presets_wording_or_the_note():
    hidden = {"review": Review.REJECTED}
    preset = row("succeeded", review_reason="violence", review_note="for us", **hidden)
    typed = row("succeeded", review_note="Shaky", **hidden)
    assert state(preset).sentence == f"Hidden by a reviewer: {REJECT_REASONS['violence']}"
    assert state(typed).sentence == "Hidden by a reviewer: Shaky"
    assert state(row("succeeded", **hidden)).sentence == "Hidden by a reviewer."


@pytest.mark.parametrize("status", Status.values)
def test_every_state_speaks_chinese(status):
    with translation.override("zh-hans"):
        said = state(row(status), Place(label="DashScope", ahead=3))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said.sentence)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said.title)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (60, 180, "usually 1 to 3 min"), (55, 90, "usually 1 to 2 min"),
        (20, 41, "usually 20 to 45 s"), (41, 44, "usually about 45 s"), (0, 1, "usually about 5 s"),
        (100, 119, "usually about 2 min"), (30, 61, "usually 1 to 2 min"),
    ],
)  # fmt: skip
def test_how_long_it_usually_takes(low, high, text):
    assert usually(low, high) == text


def test_how_long_until_it_is_sent():
    assert until_sent(59) == "sent in less than a minute"
    assert until_sent(61) == "sent in about 2 min"
