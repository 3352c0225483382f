"""How much may be asked for in a day; also when everybody presses at once."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from generations.creation.create import get_or_create_batch
from generations.creation.quotas import Allowance, QuotaExceededError, require
from generations.models import BillingState, Generation
from tests.at_once import at_once

pytestmark = pytest.mark.django_db

COUNTED = {
    "queued": {}, "submitting": {}, "running": {}, "storing": {},
    "succeeded": {"video": "videos/a.mp4"}, "unconfirmed": {},
    "failed": {"remote_id": "accepted"},
}  # fmt: skip


FIELDS = {
    "provider": "sandbox", "model": "sandbox-t2v", "prompt": "A fox", "negative_prompt": "",
    "size": "832x480", "seed": None, "prompt_extend": True, "watermark": False,
    "source_url": "", "price": Decimal("0.10"),
}  # fmt: skip


def ask(owner, pk=None, picture=None, **changes):
    asks = [FIELDS | changes]
    return get_or_create_batch(pk or uuid4(), asks, owner=owner, picture=picture)[0]


def refused(user, price=None, count=1):
    with transaction.atomic(), pytest.raises(QuotaExceededError) as caught:
        require(user, price=price, count=count)
    return str(caught.value)


@pytest.mark.parametrize("status", COUNTED)
def test_what_costs_or_may_cost_counts(status, owner, make_generation):
    make_generation(status, price=Decimal("0.10"), **COUNTED[status])
    assert Allowance(owner).used == (1, Decimal("0.10"))


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        ("canceled", {}),
        ("failed", {}),
        ("failed", {"remote_id": "accepted", "billed": BillingState.NO}),
        ("unconfirmed", {"billed": BillingState.NO}),
    ],
)
def test_what_certainly_cost_nothing_does_not_count(status, fields, owner, make_generation):
    make_generation(status, **fields)
    assert Allowance(owner).used[0] == 0


def test_a_failure_that_staff_found_billed_counts(owner, make_generation):
    make_generation("failed", billed=BillingState.YES)
    assert Allowance(owner).used[0] == 1


def test_after_24_hours_only_open_rows_count(owner, make_generation):
    before = timezone.now() - timedelta(hours=24, seconds=1)
    make_generation("succeeded", video="videos/a.mp4", submitted_at=before)
    make_generation("queued", created=before)
    assert Allowance(owner).used[0] == 1


def test_each_person_has_an_allowance_of_their_own(owner, stranger, make_generation, settings):
    settings.WANSTUDIO_DAILY_VIDEOS = 2
    make_generation("queued")
    assert (Allowance(owner).videos_left, Allowance(stranger).videos_left) == (1, 2)


def test_without_limits_nothing_is_refused(owner, make_generation):
    for _ in range(5):
        make_generation("queued")
    with transaction.atomic():
        require(owner)
    assert (Allowance(owner).videos_left, Allowance(owner).usd_left) == (None, None)


def test_the_daily_videos_are_a_limit(owner, make_generation, settings):
    settings.WANSTUDIO_DAILY_VIDEOS = 1
    with transaction.atomic():
        require(owner)
    make_generation("queued")
    assert refused(owner) == "You have used your 1 video for 24 hours. Try again later."


def test_the_daily_usd_are_a_limit_to_the_cent(owner, make_generation, settings):
    settings.WANSTUDIO_DAILY_USD = Decimal("0.60")
    make_generation("queued", price=Decimal("0.50"))
    with transaction.atomic():
        require(owner, price=Decimal("0.10"))
    said = refused(owner, Decimal("0.11"))
    assert "$0.11" in said and "$0.10 is left" in said


def test_several_videos_are_told_of_together(owner, settings):
    settings.WANSTUDIO_DAILY_VIDEOS = 3
    assert "You have 3 videos left for 24 hours, and this would be 4." in refused(owner, count=4)
    settings.WANSTUDIO_DAILY_VIDEOS, settings.WANSTUDIO_DAILY_USD = None, Decimal("0.30")
    said = refused(owner, Decimal("0.40"), 4)
    assert "These 4 videos would cost about $0.40, and $0.30 is left" in said


def test_the_budget_of_the_site_counts_everybody(owner, stranger, make_generation, settings):
    settings.WANSTUDIO_SITE_DAILY_USD = Decimal("1")
    make_generation("queued", owner=stranger, price=Decimal("0.95"))
    assert "studio's budget" in refused(owner, Decimal("0.10"))
    with transaction.atomic():
        require(owner, price=Decimal("0.05"))


@pytest.mark.parametrize("limit", ["WANSTUDIO_DAILY_USD", "WANSTUDIO_SITE_DAILY_USD"])
def test_a_budget_is_not_spent_on_what_has_no_price(limit, owner, settings):
    setattr(settings, limit, Decimal("100"))
    assert "no price" in refused(owner, None)
    with transaction.atomic():
        require(owner, price=Decimal(0))


def test_posts_have_a_pace_and_what_failed_counts_too(owner, make_generation, settings):
    settings.WANSTUDIO_RATE = 2
    make_generation("failed")
    make_generation("queued", created=timezone.now() - timedelta(seconds=61))
    with transaction.atomic():
        require(owner)
    make_generation("canceled")
    assert "limit for one minute" in refused(owner)


def test_a_refused_ask_leaves_no_row(owner, settings):
    settings.WANSTUDIO_DAILY_VIDEOS = 0
    with pytest.raises(QuotaExceededError):
        ask(owner)
    assert not Generation.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "limits",
    [
        {"WANSTUDIO_DAILY_VIDEOS": 1},
        {"WANSTUDIO_DAILY_USD": Decimal("0.10")},
        {"WANSTUDIO_SITE_DAILY_USD": Decimal("0.15")},
    ],
    ids=str,
)
def test_fifty_submits_at_once_at_a_budget_of_one_make_one_row(limits, owner, settings):
    for name, value in limits.items():
        setattr(settings, name, value)
    results = at_once(50, lambda _: ask(owner), expected=(QuotaExceededError,))
    assert Generation.objects.count() == 1
    assert sum(isinstance(one, Generation) for one in results) == 1
    assert sum(isinstance(one, QuotaExceededError) for one in results) == 49


@pytest.mark.django_db(transaction=True)
def test_the_budget_of_the_site_holds_when_many_people_press_at_once(settings):
    from django.contrib.auth.models import User

    settings.WANSTUDIO_SITE_DAILY_USD = Decimal("0.35")
    people = [User.objects.create_user(f"person{number}") for number in range(20)]
    results = at_once(20, lambda n: ask(people[n]), expected=(QuotaExceededError,))
    assert Generation.objects.count() == 3
    assert sum(isinstance(one, QuotaExceededError) for one in results) == 17


@pytest.mark.django_db(transaction=True)
def test_fifty_presses_of_one_form_make_one_row(owner, settings):
    settings.WANSTUDIO_DAILY_VIDEOS = 1
    pk = uuid4()
    results = at_once(50, lambda _: ask(owner, pk))
    assert [row.pk for row in results] == [pk] * 50
    assert Generation.objects.count() == 1
