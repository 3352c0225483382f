"""Repairs: one step each, with who and why, and never a fact of the service changed."""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from generations.models import Event, Generation, SubmitThrottle, claim_submit
from generations.operations.backup import pause_restored
from generations.staff.repair import attach, check_again
from tests.conftest import person
from tests.creation.test_create import picture
from tests.creation.test_quotas import ask

pytestmark = pytest.mark.django_db
FACTS = (
    "prompt",
    "size",
    "seed",
    "provider",
    "model",
    "provider_data",
    "video",
    "price",
    "owner_id",
)


@pytest.fixture
def repairing(client):
    permissions = ("view_generation", "repair_generation", "make_again_generation", "view_lane")
    client.force_login(person("mechanic", *permissions, staff=True))
    return client


def repair(client, row, action, follow=False, **data):
    url = reverse("admin:generations_repair", args=[row.pk, action])
    return client.post(url, {"why": "looked at the bill"} | data, follow=follow)


def facts(row):
    row.refresh_from_db()
    return {name: getattr(row, name) for name in FACTS}


@pytest.mark.parametrize("status", ["failed", "unconfirmed"])
def test_check_again_asks_about_a_known_task(repairing, make_generation, status):
    row = make_generation(status, remote_id="known", error_code="expired")
    before = facts(row)
    repair(repairing, row, "check-again")
    assert facts(row) == before
    assert (row.status, row.remote_id, row.error_code) == ("running", "known", "")
    assert row.due_at <= timezone.now()
    event = row.events.get(kind="running")
    assert (event.by.username, event.note) == ("mechanic", "looked at the bill")
    assert event.data["action"] == "check_again"


def test_attach_connects_the_row_with_the_task_that_was_found(repairing, make_generation):
    row = make_generation("unconfirmed")
    repair(repairing, row, "attach", remote_id=" 8bb8-found ")
    row.refresh_from_db()
    assert (row.status, row.remote_id) == ("running", "8bb8-found")
    assert row.events.get(kind="running").data == {"action": "attach", "remote_id": "8bb8-found"}


def test_attach_brings_home_what_waits_here_and_was_sent_before_a_restore(
    repairing, make_generation
):
    row = make_generation("queued")
    repair(repairing, row, "attach", remote_id="8bb8-found")
    row.refresh_from_db()
    assert (row.status, row.remote_id) == ("running", "8bb8-found")
    assert not row.is_expired_remotely
    assert claim_submit(row.provider, row.model, max_open=9, submit_every=0) is None


def test_an_id_that_another_row_has_is_refused(repairing, make_generation):
    other = make_generation("succeeded")
    row = make_generation("unconfirmed")
    response = repair(repairing, row, "attach", remote_id=other.remote_id)
    row.refresh_from_db()
    assert row.status == "unconfirmed"
    assert "Another generation has this remote id" in response.content.decode()


def test_the_row_refuses_a_taken_id_by_itself_too(reviewer, make_generation):
    other = make_generation("succeeded")
    row = make_generation("unconfirmed")
    assert not attach(row, other.remote_id, endpoint="", by=reviewer, note="why")
    row.refresh_from_db()
    assert (row.status, row.remote_id) == ("unconfirmed", None)


def test_save_again_is_due_now_and_rings(
    repairing, make_generation, django_capture_on_commit_callbacks
):
    later = timezone.now() + timedelta(minutes=9)
    row = make_generation("storing", due_at=later, attempts=7)
    with django_capture_on_commit_callbacks() as bells:
        repair(repairing, row, "save-again")
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("storing", 0)
    assert row.due_at <= timezone.now()
    assert row.events.get().kind == "save_again"
    assert bells


@pytest.mark.parametrize(("action", "billed"), [("billed", "yes"), ("not-billed", "no")])
def test_a_person_settles_what_was_billed(repairing, make_generation, action, billed):
    row = make_generation("unconfirmed", price=Decimal("0.50"))
    repair(repairing, row, action)
    row.refresh_from_db()
    assert (row.status, row.billed) == ("failed", billed)
    assert row.events.get(kind="failed").note == "looked at the bill"


def test_a_failed_row_is_settled_where_it_stands(repairing, make_generation):
    row = make_generation("failed")
    repair(repairing, row, "billed")
    row.refresh_from_db()
    assert (row.status, row.billed) == ("failed", "yes")
    assert row.events.get().kind == "settled"


def test_what_is_settled_is_not_settled_again(repairing, make_generation):
    row = make_generation("failed", billed="no")
    response = repair(repairing, row, "billed", follow=True)
    row.refresh_from_db()
    assert row.billed == "no"
    assert "has changed" in response.content.decode()


def test_making_again_warns_of_a_second_bill_first(repairing, make_generation):
    row = make_generation("unconfirmed")
    page = repairing.get(reverse("admin:generations_repair", args=[row.pk, "make-again"]))
    assert "may be billed twice" in page.content.decode()
    assert Generation.objects.count() == 1


def test_making_again_is_a_new_row_of_the_same_person(repairing, make_generation):
    row = make_generation("failed", seed=0, negative_prompt="blur")
    new_id = uuid4()
    response = repair(repairing, row, "make-again", new_id=new_id)
    made = Generation.objects.get(pk=new_id)
    assert response.url == reverse("admin:generations_generation_change", args=[new_id])
    assert (made.retry_of, made.owner, made.status) == (row, row.owner, "queued")
    assert (made.prompt, made.negative_prompt, made.seed) == (row.prompt, "blur", 0)
    row.refresh_from_db()
    assert row.status == "failed"
    assert row.events.get(kind="made_again").by.username == "mechanic"
    assert made.events.get(kind="made_again").note == "looked at the bill"


class Watched(FileSystemStorage):
    """Remembers whether a transaction was open at each transfer."""

    in_transaction: ClassVar[list[bool]] = []

    def _open(self, name, mode="rb"):
        self.in_transaction.append(connection.in_atomic_block)
        return super()._open(name, mode)

    def _save(self, name, content):
        self.in_transaction.append(connection.in_atomic_block)
        return super()._save(name, content)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_picture_is_copied(client, owner, settings, monkeypatch):
    monkeypatch.setattr(Watched, "in_transaction", [])
    watched = {"BACKEND": f"{__name__}.Watched", "OPTIONS": {"location": settings.MEDIA_ROOT}}
    settings.STORAGES = {**settings.STORAGES, "default": watched}
    row = ask(owner, picture=picture(), model="sandbox-i2v", size="720P")
    Generation.objects.update(status="failed", due_at=None)
    client.force_login(person("chief", "view_generation", "make_again_generation", staff=True))

    repair(client, row, "make-again", new_id=uuid4())

    assert Generation.objects.count() == 2
    assert Watched.in_transaction == [False] * 3  # saved, read, saved


def test_the_same_form_sent_twice_makes_one_row(repairing, make_generation):
    row = make_generation("failed")
    new_id = uuid4()
    for _ in range(2):
        repair(repairing, row, "make-again", new_id=new_id)
    assert Generation.objects.count() == 2
    assert row.events.filter(kind="made_again").count() == 1


def test_a_budget_that_is_used_up_stops_staff_too(repairing, make_generation, settings):
    settings.WANSTUDIO_DAILY_VIDEOS = 1
    row = make_generation("failed")
    make_generation("succeeded")
    response = repair(repairing, row, "make-again", new_id=uuid4())
    assert "You have used your 1 video" in response.content.decode()
    assert Generation.objects.count() == 2


def test_cancel_ends_what_was_not_sent(repairing, make_generation):
    row = make_generation("queued")
    repair(repairing, row, "cancel")
    row.refresh_from_db()
    assert (row.status, row.billed) == ("canceled", "no")
    event = row.events.get(kind="canceled")
    assert (event.by.username, event.note) == ("mechanic", "looked at the bill")


NOT_OFFERED = {
    "cancel": ["submitting", "running", "storing", "succeeded", "failed", "unconfirmed"],
    "check-again": ["queued", "submitting", "running", "storing", "succeeded", "canceled"],
    "release-place": ["queued", "submitting", "storing", "succeeded", "failed", "unconfirmed"],
    "save-again": ["queued", "running", "succeeded", "failed", "unconfirmed"],
    "attach": ["submitting", "running", "storing", "succeeded", "canceled"],
    "billed": ["queued", "running", "storing", "succeeded", "canceled"],
    "make-again": ["queued", "submitting", "running", "storing", "succeeded", "canceled"],
}


@pytest.mark.parametrize(
    ("action", "status"), [(action, s) for action, many in NOT_OFFERED.items() for s in many]
)
def test_what_does_not_fit_the_status_does_nothing(repairing, make_generation, action, status):
    row = make_generation(status)
    before = facts(row) | {"status": status, "due_at": row.due_at, "billed": row.billed}
    response = repair(repairing, row, action, follow=True, remote_id="x", new_id=uuid4())
    after = facts(row) | {"status": row.status, "due_at": row.due_at, "billed": row.billed}
    assert after == before
    assert "has changed" in response.content.decode()
    assert row.events.count() == 0
    assert Generation.objects.count() == 1


def test_a_repair_without_a_reason_asks_for_one(repairing, make_generation):
    row = make_generation("unconfirmed")
    response = repair(repairing, row, "billed", why="  ")
    row.refresh_from_db()
    assert response.status_code == 200
    assert row.status == "unconfirmed"


def test_two_who_repair_at_once_do_it_once(reviewer, make_generation):
    row = make_generation("unconfirmed", remote_id="known")
    same = Generation.objects.get(pk=row.pk)
    assert check_again(row, by=reviewer, note="first")
    assert not check_again(same, by=reviewer, note="second")
    assert row.events.filter(kind="running").count() == 1


def test_the_id_of_somebody_elses_row_is_as_good_as_any(repairing, make_generation, stranger):
    row, foreign = make_generation("failed"), make_generation(owner=stranger)
    repair(repairing, row, "make-again", new_id=str(foreign.pk))
    repair(repairing, row, "make-again", new_id=str(foreign.pk))
    made = Generation.objects.exclude(pk__in=[row.pk, foreign.pk]).get()
    assert (made.owner, made.retry_of) == (row.owner, row)


def test_an_unheard_of_repair_is_not_found(repairing, make_generation):
    url = reverse("admin:generations_repair", args=[make_generation("failed").pk, "delete"])
    assert repairing.get(url).status_code == 404


def test_resuming_opens_the_line_and_says_why(repairing, django_capture_on_commit_callbacks):
    SubmitThrottle.objects.pause(
        "sandbox", "m", whole_service=True, code="billing", detail="Arrearage"
    )
    throttle = SubmitThrottle.objects.get()
    url = reverse("admin:generations_resume", args=[throttle.pk])
    assert "Arrearage" in repairing.get(url).content.decode()
    with django_capture_on_commit_callbacks() as bells:
        repairing.post(url, {"why": "the bill is paid"})
    throttle.refresh_from_db()
    assert not throttle.is_paused
    assert bells

    event = Event.objects.get(kind="resumed")
    assert (event.by.username, event.note) == ("mechanic", "the bill is paid")


def test_a_restored_line_is_resumed_alone_whatever_its_pause_was_and_leads_to_what_waits(
    repairing, make_generation
):
    rows = [make_generation("queued", model=model) for model in ("one", "two")]
    make_generation("running", model="three")
    SubmitThrottle.objects.pause(
        "sandbox", "one", whole_service=True, code="auth", detail="wrong key"
    )
    assert pause_restored("yesterday") == 2
    throttle = SubmitThrottle.objects.get(model="one")
    url = reverse("admin:generations_resume", args=[throttle.pk])

    page = repairing.get(url).content.decode()
    sheet = reverse("admin:generations_generation_changelist")
    assert "restored from a backup" in page
    assert f"{sheet}?status__exact=queued&amp;service=sandbox" in page
    waiting = repairing.get(sheet, {"status__exact": "queued", "service": "sandbox"})
    assert {row.pk for row in waiting.context["cl"].result_list} == {row.pk for row in rows}
    repairing.post(url, {"why": "nothing of it was sent"})

    assert [throttle.model for throttle in SubmitThrottle.objects.paused()] == ["two"]
