"""Every end and every state has its sentence, and nothing promises what nobody knows."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone, translation

from generations.models import Review, Status
from generations.providers.errors import ErrorCode
from generations.wording import (
    REJECT_REASONS,
    Place,
    sentence,
    state,
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


def test_after_a_restore_nobody_says_that_nothing_was_billed():
    said = state(row("queued"), Place(label="D", pause_code="restored"))
    assert said.next_step == "You need not do anything. It is sent once staff have looked."


@pytest.mark.parametrize("status", Status.values)
def test_every_status_has_a_state(status):
    said = state(row(status))
    assert said.name and said.title and said.sentence
    assert said.kind in {"waiting", "working", "ready", "failed", "doubt", "ended"}


@pytest.mark.parametrize(
    ("fields", "place", "name", "text"),
    [
        (dict(status="queued"), HERE, "waiting", "Waiting to be sent"),
        (dict(status="queued"), Place(label="D", ahead=1), "waiting",
         "Waiting to be sent · 1 ahead"),
        (dict(status="queued"), Place(label="D", ahead=3), "waiting",
         "Waiting to be sent · 3 ahead"),
        (dict(status="queued"), Place(label=""), "unconfigured",
         "Waiting: this provider is not set up at the moment."),
        (dict(status="queued"), Place(label="D", pause_code="billing"), "paused",
         "The studio's provider account needs attention. Staff have been told."),
        (dict(status="queued"), Place(label="D", pause_code="restored"), "paused",
         "The studio was restored from a backup: staff check first what was sent."),
        (dict(status="queued"), Place(label="D", resting=True), "resting",
         "The provider is busy. We will send this for you in a moment."),
        (dict(status="submitting"), HERE, "sending", "Sending to DashScope…"),
        (dict(status="running"), HERE, "queued", "In the provider's queue"),
        (dict(status="running", remote_state="pending"), HERE, "queued", "In the provider's queue"),
        (dict(status="running", remote_state="running"), HERE, "generating", "Generating"),
        (dict(status="queued", error_code="unreachable"), Place(label="D", resting=True), "resting",
         "The provider cannot be reached at the moment."),
        (dict(status="queued"), Place(label="D", outage_code="unconfirmed"), "resting",
         "The provider cannot be reached at the moment."),
        (dict(status="queued"), Place(label="D", outage_code="storage"), "resting",
         "The studio's own storage does not answer at the moment."),
        (dict(status="queued"), Place(label="D", ahead=1, blocked=True), "held_up",
         "Waiting: earlier videos take much longer than usual at the provider."),
        (dict(status="running", error_code="poll"), HERE, "refused_poll",
         "Sent, but the provider does not let us ask how far it is. Staff have been told."),
        (dict(status="running"), Place(), "unreachable",
         "This provider is not set up at the moment. We ask it again once it is."),
        (dict(status="storing"), HERE, "saving", "Finished. Saving a copy…"),
        (dict(status="succeeded"), HERE, "ready", "Ready"),
        (dict(status="failed", error_code="content"), HERE, "failed", sentence("content")),
        (dict(status="failed", error_code="expired"), HERE, "lost",
         "The provider no longer has this video."),
        (dict(status="unconfirmed"), HERE, "unconfirmed",
         "We could not confirm that the provider received this."),
        (dict(status="canceled"), HERE, "cancelled",
         "Cancelled before it was sent. Nothing was billed."),
    ],
)  # fmt: skip
def test_a_card_says(fields, place, name, text):
    said = state(row(**fields), place)
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


@pytest.mark.parametrize("status", Status.values)
def test_every_state_speaks_chinese(status):
    with translation.override("zh-hans"):
        said = state(row(status), Place(label="DashScope", ahead=3))
        texts = said.sentence, said.title
    for text in texts:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_a_rejected_video_tells_the_presets_wording_or_the_note():
    hidden = {"review": Review.REJECTED}
    preset = row("succeeded", review_reason="violence", review_note="for us", **hidden)
    typed = row("succeeded", review_note="Shaky", **hidden)
    assert state(preset).sentence == f"Hidden by a reviewer: {REJECT_REASONS['violence']}"
    assert state(typed).sentence == "Hidden by a reviewer: Shaky"
    assert state(row("succeeded", **hidden)).sentence == "Hidden by a reviewer."
