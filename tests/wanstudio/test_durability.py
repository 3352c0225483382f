"""What need not survive a power cut does not wait for the disk; all the rest does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from generations.models import PostRate
from wanstudio.durability import unsynced_transaction

pytestmark = pytest.mark.django_db(transaction=True)

SYNCED = {"sqlite": "2", "postgresql": "on"}  # 2 is FULL
UNSYNCED = {"sqlite": "1", "postgresql": "off"}  # 1 is NORMAL


SYNC = {"sqlite": "PRAGMA synchronous=2", "postgresql": "SET synchronous_commit TO on"}


@pytest.fixture(autouse=True)
def synced() -> Iterator[None]:
    """As in production: other tests do not wait for the disk."""
    with connection.cursor() as cursor:
        cursor.execute(SYNC[connection.vendor])
    yield
    connection.close()


def syncing() -> str:
    """What the database says of commits."""
    words = {"sqlite": "PRAGMA synchronous", "postgresql": "SHOW synchronous_commit"}
    with connection.cursor() as cursor:
        cursor.execute(words[connection.vendor])
        return str(cursor.fetchone()[0])


def test_its_commit_does_not_wait_and_the_next_one_does() -> None:
    with unsynced_transaction():
        assert syncing() == UNSYNCED[connection.vendor]
    with transaction.atomic():
        assert syncing() == SYNCED[connection.vendor]


def test_after_an_error_nothing_stays_and_the_next_commit_waits() -> None:
    person = User.objects.create_user("ann")
    with pytest.raises(RuntimeError), unsynced_transaction():
        PostRate.objects.create(user=person, minute=1)
        raise RuntimeError
    assert not PostRate.objects.exists()
    assert syncing() == SYNCED[connection.vendor]


def test_inside_another_transaction_it_is_as_durable_as_that() -> None:
    with transaction.atomic(), unsynced_transaction():
        assert syncing() == SYNCED[connection.vendor]
