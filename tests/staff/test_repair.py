"""A repair that does not apply changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from generations.models import BillingState, Event, Generation
from generations.staff.repair import attach, check_again, resolve_billing, save_again

pytestmark = pytest.mark.django_db
Repair = Callable[[Generation, Any], bool]

REPAIRS: dict[str, Repair] = {
    "check again": lambda row, by: check_again(row, by=by, note="why"),
    "attach": lambda row, by: attach(row, "found", endpoint="", by=by, note="why"),
    "save again": lambda row, by: save_again(row, by=by, note="why"),
    "settle": lambda row, by: resolve_billing(row, BillingState.NO, by=by, note="why"),
}


# A row that waits may be attached: a restored backup does not know that it was sent.
NEEDLESS = [
    (status, repair)
    for status in ("queued", "submitting", "running", "succeeded", "canceled")
    for repair in REPAIRS
    if (status, repair) != ("queued", "attach")
]


@pytest.mark.parametrize(("status", "repair"), NEEDLESS)
def test_what_needs_no_repair_is_left_alone(
    make_generation: Any, operator: Any, repair: str, status: str
) -> None:
    row = make_generation(status)
    before = Generation.objects.filter(pk=row.pk).values().get()
    assert not REPAIRS[repair](row, operator)
    assert Generation.objects.filter(pk=row.pk).values().get() == before
    assert not Event.objects.exists()


def test_no_id_is_no_find(make_generation: Any, operator: Any) -> None:
    row = make_generation("unconfirmed")
    assert not attach(row, "", endpoint="", by=operator, note="why")


def test_a_bill_is_settled_with_an_answer(make_generation: Any, operator: Any) -> None:
    assert not resolve_billing(
        make_generation("failed"), BillingState.UNKNOWN, by=operator, note="why"
    )


def test_of_two_who_settle_one_bill_the_first_is_right(make_generation: Any, operator: Any) -> None:
    row = make_generation("failed")
    late = Generation.objects.get(pk=row.pk)
    assert resolve_billing(row, BillingState.YES, by=operator, note="on the bill")
    assert not resolve_billing(late, BillingState.NO, by=operator, note="not on the bill")
    row.refresh_from_db()
    assert row.billed == "yes"
    assert Event.objects.get().note == "on the bill"
