"""One poller at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.models import PollerLease
from tests.at_once import at_once


@pytest.mark.django_db
class TestPollerLease:
    def test_only_one_holds_it(self) -> None:
        assert PollerLease.objects.acquire()
        assert PollerLease.objects.acquire() is None
        assert not PollerLease.objects.is_free()

    def test_a_dead_poller_is_followed_after_fifteen_seconds(self) -> None:
        now = timezone.now()
        PollerLease.objects.acquire(now)

        assert PollerLease.objects.acquire(now + timedelta(seconds=14)) is None
        assert PollerLease.objects.acquire(now + timedelta(seconds=15))

    def test_a_renewed_lease_lasts(self) -> None:
        now = timezone.now()
        lease = PollerLease.objects.acquire(now)

        assert lease.renew(now + timedelta(seconds=10))
        assert PollerLease.objects.acquire(now + timedelta(seconds=20)) is None

    def test_who_lost_it_is_told(self) -> None:
        now = timezone.now()
        first = PollerLease.objects.acquire(now)
        PollerLease.objects.acquire(now + timedelta(seconds=16))

        assert not first.renew()

    def test_who_lost_it_cannot_release_it(self) -> None:
        now = timezone.now()
        first = PollerLease.objects.acquire(now)
        PollerLease.objects.acquire(now + timedelta(seconds=16))

        first.release()

        assert not PollerLease.objects.is_free(now + timedelta(seconds=17))

    def test_a_released_lease_is_free_at_once(self) -> None:
        PollerLease.objects.acquire().release()

        assert PollerLease.objects.is_free()
        assert PollerLease.objects.acquire()

    def test_a_clock_set_back_by_an_hour_frees_it(self) -> None:
        now = timezone.now()
        PollerLease.objects.acquire(now + timedelta(hours=1))

        assert PollerLease.objects.acquire(now)


@pytest.mark.django_db(transaction=True)
def test_of_many_pollers_one_begins() -> None:
    leases = at_once(8, lambda _: PollerLease.objects.acquire())
    assert len([lease for lease in leases if lease]) == 1
