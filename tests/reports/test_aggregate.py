"""Daily sums: right, kept by events, and safe from deleted rows."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Sum
from django.utils import timezone

from generations.models import DailyMark, DailyReview, DailySum, DailyTimes, Event
from generations.reports import aggregate
from generations.reports.aggregate import (
    acquire_lease,
    as_usd,
    sum_up,
    update_daily_sums,
)
from generations.staff.repair import resolve_billing
from generations.staff.review import record_review

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=2)


@pytest.fixture
def make(make_generation):
    """A row with the event that tells of it."""

    def build(status, **changes):
        row = make_generation(status, **changes)
        row.log_event(status)
        return row

    return build


def total(name, **which):
    return DailySum.objects.filter(**which).aggregate(total=Sum(name))["total"]


def test_rows_are_counted_by_day_person_service_and_end(make, stranger):
    now = timezone.now()
    make("succeeded", created=now)
    make("succeeded", created=now)
    make("succeeded", created=now, owner=stranger)
    make("failed", created=now - timedelta(days=2), error_code="content")
    update_daily_sums(now + LATER)
    assert total("count") == 4
    assert total("count", status="succeeded", owner=stranger) == 1
    failed = DailySum.objects.get(status="failed")
    assert failed.day == timezone.localdate(now - timedelta(days=2))
    assert failed.error_code == "content"


def test_money_is_made_doubtful_or_reported(make):
    make("succeeded", price=Decimal("0.50"), provider_data={"cost": "0.48"})
    make("unconfirmed", price=Decimal("0.30"))
    make("failed", price=Decimal("0.20"), billed="yes")
    make("failed", price=Decimal("0.70"), billed="no")
    make("queued", price=Decimal("0.90"))
    make("canceled", price=Decimal("0.90"))
    update_daily_sums(timezone.now() + LATER)
    assert total("estimated") == Decimal("0.70")
    assert total("doubtful") == Decimal("0.30")
    assert total("reported") == Decimal("0.48")


@pytest.mark.parametrize("cost", [None, "", "free", "NaN", "Infinity", "-1", {"usd": 1}, [1]])
def test_a_cost_that_is_no_amount_counts_as_nothing(cost):
    assert as_usd(cost) == 0


def test_times_are_medians_and_ninetieths_of_finished_rows(make):
    start = timezone.now() - timedelta(hours=1)
    for number in range(1, 11):
        sent = start + timedelta(seconds=number)
        make("succeeded", created=start, submitted_at=sent, finished_at=sent + timedelta(minutes=2))
    make("running", created=start)
    update_daily_sums(timezone.now() + LATER)
    times = DailyTimes.objects.get()
    assert (times.waiting_median, times.waiting_p90) == (5.5, 9.0)
    assert (times.running_median, times.running_p90) == (120.0, 120.0)


def test_summing_up_twice_counts_once(make):
    make("succeeded")
    now = timezone.now()
    update_daily_sums(now + LATER)
    update_daily_sums(now + 2 * LATER)
    assert total("count") == 1


def test_a_change_of_an_old_row_sums_its_day_up_again(make):
    row = make("unconfirmed", created=timezone.now() - timedelta(days=3), price=Decimal("0.30"))
    update_daily_sums(timezone.now() + LATER)
    Event.objects.update(at=timezone.now() - timedelta(days=3))
    resolve_billing(row, "no", by=row.owner, note="not on the bill")
    update_daily_sums(timezone.now() + 3 * LATER)
    assert total("doubtful") == 0
    assert total("count", status="failed") == 1


def test_sums_outlive_the_rows_they_counted(make, settings):
    settings.WANSTUDIO_TRASH_DAYS = 30
    old = timezone.now() - timedelta(days=40)
    gone = make("succeeded", created=old, price=Decimal("0.50"))
    stays = make("succeeded", created=old, price=Decimal("0.50"))
    update_daily_sums(timezone.now() + LATER)
    gone.delete()
    stays.log_event("approved")
    update_daily_sums(timezone.now() + 3 * LATER)
    assert total("count") == 2


def test_a_day_that_is_no_longer_whole_is_not_summed_again(make, settings, owner):
    settings.WANSTUDIO_KEEP_FAILED_DAYS = 7
    day = datetime(2026, 3, 1, tzinfo=ZoneInfo("UTC"))
    gone = make("failed", created=day + timedelta(hours=8))
    stays = make("succeeded", created=day + timedelta(hours=20))
    update_daily_sums(timezone.now() + LATER)
    gone.delete()  # as the purge does from 08:00 on
    noon = day + timedelta(days=7, hours=12)
    DailyMark.objects.update(summed_until=noon - LATER)
    event = stays.log_event("approved")
    Event.objects.filter(pk=event.pk).update(at=noon)
    update_daily_sums(noon)
    assert total("count") == 2


def test_sums_that_failed_are_made_at_the_next_turn(make, monkeypatch):
    make("succeeded")
    now = timezone.now()

    def fails(day):
        raise OSError("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="full"):
        patch.setattr(aggregate, "sum_up", fails)
        update_daily_sums(now)
    update_daily_sums(now + timedelta(minutes=9))
    assert total("count") == 1


def test_sums_whose_worker_died_are_made_by_another_when_it_cannot_be_at_it_still(make):
    make("succeeded")
    now = timezone.now()
    assert acquire_lease(now)
    update_daily_sums(now + timedelta(minutes=9))
    assert total("count") is None

    update_daily_sums(now + timedelta(minutes=30))
    assert total("count") == 1


def test_nothing_is_summed_twice_in_a_minute(make, django_assert_num_queries):
    now = timezone.now()
    update_daily_sums(now)
    make("succeeded")
    with django_assert_num_queries(1):
        update_daily_sums(now + timedelta(seconds=10))
    assert total("count") is None


def test_a_clock_that_was_set_back_does_not_stop_the_sums(make):
    now = timezone.now()
    update_daily_sums(now + timedelta(days=2))
    make("succeeded")
    update_daily_sums(now + LATER)
    assert total("count") == 1
    assert DailyMark.objects.get().summed_until == now + LATER


def test_a_day_begins_and_ends_in_the_time_zone_of_the_site(make, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    late_evening_in_utc = datetime(2026, 3, 1, 17, 0, tzinfo=ZoneInfo("UTC"))
    row = make("succeeded", created=late_evening_in_utc)
    with timezone.override("Asia/Shanghai"):
        sum_up(timezone.localdate(row.created))
    assert str(DailySum.objects.get().day) == "2026-03-02"


def test_the_backlog_knows_its_oldest(make, reviewer):
    now = timezone.now()
    make("succeeded", created=now - timedelta(hours=6), finished_at=now - timedelta(hours=5))
    make("succeeded")
    record_review(make("succeeded"), "approved", by=reviewer, seen="never")
    update_daily_sums(now)
    today = DailyReview.objects.get()
    assert (today.backlog, today.approved, today.rejected) == (2, 1, 0)
    assert today.oldest_hours == pytest.approx(5, abs=0.01)
