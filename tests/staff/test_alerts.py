"""What staff are shown and told: all of it, and not too often."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import caches
from django.utils import timezone

from generations.models import FOREVER, Event, SubmitThrottle
from generations.staff.alerts import mail_alerts, nobody_works, tell_staff

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(minutes=5)


@pytest.fixture
def mailed(settings):
    settings.WANSTUDIO_MAIL = True
    settings.ADMINS = [("admin", "admin@example.com")]
    return mail.outbox


@pytest.fixture
def waiting(make_generation):
    """A row that could have been sent five minutes ago."""
    SubmitThrottle.objects.at("sandbox", "wan2.2-t2v-plus")
    return make_generation("queued", due_at=timezone.now() - LONG_AGO)


def test_nobody_works_when_a_row_waits_with_a_place_free(waiting):
    assert nobody_works()


def test_a_row_that_has_just_come_is_no_alarm(make_generation):
    make_generation("queued")
    assert not nobody_works()


@pytest.mark.parametrize(
    "changes",
    [{"paused_until": FOREVER}, {"next_at": "soon"}],
    ids=["paused", "spaced out"],
)
def test_a_closed_line_waits_rightly(waiting, changes):
    if changes == {"next_at": "soon"}:
        changes = {"next_at": timezone.now() + timedelta(minutes=1)}
    SubmitThrottle.objects.update(**changes)
    assert not nobody_works()


def test_a_full_service_waits_rightly(waiting, make_generation):
    from generations.providers import providers

    for _ in range(providers["sandbox"].max_open):
        make_generation("running")
    assert not nobody_works()


def test_a_service_that_is_not_configured_is_not_the_worker_s_fault(make_generation):
    SubmitThrottle.objects.at("gone", "m")
    make_generation("queued", provider="gone", model="m", due_at=timezone.now() - LONG_AGO)
    assert not nobody_works()


def test_staff_are_told_once_about_one_cause(mailed):
    now = timezone.now()
    assert tell_staff("The disk is full", "0 bytes left", now)
    assert not tell_staff("The disk is full", "0 bytes left", now + timedelta(hours=1))
    assert tell_staff("The key is wrong", "401", now)
    assert tell_staff("The disk is full", "0 bytes left", now + timedelta(hours=7))
    assert [message.subject for message in mailed].count("[WAN Studio] The disk is full") == 2


@pytest.mark.parametrize("missing", ["WANSTUDIO_MAIL", "ADMINS"])
def test_without_mail_nothing_is_sent_and_nothing_looked_for(
    mailed, settings, missing, make_generation, django_assert_num_queries
):
    make_generation("unconfirmed")
    setattr(settings, missing, [])
    with django_assert_num_queries(0):
        mail_alerts()
    assert mailed == []


def test_the_sweep_tells_of_what_has_come_up(mailed, make_generation):
    SubmitThrottle.objects.pause(
        "vtrix", "m", whole_service=True, code="billing", detail="Arrearage!"
    )
    make_generation("unconfirmed")
    make_generation("running").log_event("unknown_word", note="FROB\r\nBcc: x@example.com")
    for _ in range(2):
        mail_alerts()
    assert subjects(mailed) == [
        "Generations could not be confirmed",
        "Unknown state word: FROB Bcc: x@example.com",
        "vtrix/m is paused",
    ]


def test_a_paid_video_that_cannot_be_saved_is_told_after_an_hour(mailed, make_generation):
    now = timezone.now()
    make_generation("storing", error_code="save", submitted_at=now - timedelta(minutes=59))
    make_generation("storing", submitted_at=now - timedelta(hours=2))
    mail_alerts()
    assert mailed == []

    make_generation("storing", error_code="save", submitted_at=now - timedelta(minutes=61))
    mail_alerts()
    assert subjects(mailed) == ["Finished videos cannot be saved"]


def test_what_is_late_is_told(mailed, make_generation):
    make_generation("running", submitted_at=timezone.now() - timedelta(hours=2))
    mail_alerts()
    assert subjects(mailed) == ["Generations are late"]


YESTERDAY = timezone.now() - timedelta(days=1)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"error_code": "expired"}, True),
        ({"error_code": "expired", "billed": "yes"}, True),
        ({"error_code": "provider", "remote_state": "succeeded"}, True),
        ({"error_code": "expired", "billed": "no"}, False),
        ({"error_code": "expired", "finished_at": YESTERDAY}, True),
        ({"error_code": "expired", "finished_at": YESTERDAY, "billed": "yes"}, False),
        ({"error_code": "provider", "remote_state": "failed"}, False),
    ],
)
def test_a_video_that_was_lost_is_told_of_until_its_bill_is_settled(
    mailed, make_generation, row, told
):
    make_generation("failed", **row)
    mail_alerts()
    assert subjects(mailed) == ["Videos were lost"] * told


def test_settings_that_a_service_refused_are_told_as_the_sentence_says(mailed, make_generation):
    make_generation("failed", error_code="content")
    make_generation("failed", error_code="input", finished_at=YESTERDAY)
    mail_alerts()
    assert mailed == []

    make_generation("failed", error_code="input")
    mail_alerts()
    assert subjects(mailed) == ["Settings were refused"]


def test_a_mail_server_that_is_down_is_tried_again(mailed, make_generation, settings):
    make_generation("unconfirmed")
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    mail_alerts()
    assert not Event.objects.filter(kind="told").exists()

    settings.EMAIL_BACKEND = working
    caches["local"].clear()  # the pause after a failure is over
    mail_alerts()
    assert subjects(mailed) == ["Generations could not be confirmed"]


def subjects(mails):
    return sorted(message.subject.removeprefix("[WAN Studio] ") for message in mails)
