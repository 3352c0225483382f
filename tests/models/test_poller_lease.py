"""One watch at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.models import PollerLease
from tests.models.test_claims import at_once


@pytest.mark.django_db
class TestShift:
    def test_only_one_is_on_shift(self) -> None:
        assert PollerLease.objects.acquire()
        assert PollerLease.objects.acquire() is None
        assert not PollerLease.objects.is_free()

    def test_a_dead_watch_is_followed_after_fifteen_seconds(self) -> None:
        now = timezone.now()
        PollerLease.objects.acquire(now)

        assert PollerLease.objects.acquire(now + timedelta(seconds=14)) is None
        assert PollerLease.objects.acquire(now + timedelta(seconds=15))

    def test_a_renewed_shift_lasts(self) -> None:
        now = timezone.now()
        shift = PollerLease.objects.acquire(now)

        assert shift.renew(now + timedelta(seconds=10))
        assert PollerLease.objects.acquire(now + timedelta(seconds=20)) is None

    def test_who_lost_the_shift_is_told(self) -> None:
        now = timezone.now()
        first = PollerLease.objects.acquire(now)
        PollerLease.objects.acquire(now + timedelta(seconds=16))

        assert not first.renew()

    def test_who_lost_the_shift_cannot_give_it_back(self) -> None:
        now = timezone.now()
        first = PollerLease.objects.acquire(now)
        PollerLease.objects.acquire(now + timedelta(seconds=16))

        first.release()

        assert not PollerLease.objects.is_free(now + timedelta(seconds=17))

    def test_a_shift_given_back_is_free_at_once(self) -> None:
        PollerLease.objects.acquire().release()

        assert PollerLease.objects.is_free()
        assert PollerLease.objects.acquire()

    def test_a_clock_set_back_by_an_hour_frees_the_shift(self) -> None:
        now = timezone.now()
        PollerLease.objects.acquire(now + timedelta(hours=1))

        assert PollerLease.objects.acquire(now)


@pytest.mark.django_db(transaction=True)
def test_of_many_watches_one_begins() -> None:
    assert len([shift for shift in at_once(8, lambda: PollerLease.objects.acquire()) if shift]) == 1
