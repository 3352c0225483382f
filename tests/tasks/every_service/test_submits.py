"""Every service is heard: what says that it took an ask, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from generations.models import Generation, SubmitThrottle
from generations.tasks.submit import submit_queued
from generations.wording import sentence
from tests.emulator import Emulator
from tests.tasks.every_service.conftest import SERVICES, concerns, page, stored

pytestmark = pytest.mark.django_db

ACCEPTED = [
    "id alone", "generation_id", "wrapped id", "two ids", "accepted with byte order mark",
    "accepted after early hints",
]  # fmt: skip
ID_IS_THE_TASK = {"vtrix"}  # its answer to a create names the task by `id`


@pytest.mark.parametrize(
    ("row", "shape"),
    [
        (name, shape)
        for name in SERVICES
        for shape in ACCEPTED
        if not (name in ID_IS_THE_TASK and shape == "two ids")
    ],
    indirect=["row"],
)
def test_an_id_is_found_under_any_of_its_names(
    shape: str, row: Generation, emulator: Emulator, look: Any
) -> None:
    emulator.fail("create", shape)
    submit_queued(row.provider, row.model)
    row.refresh_from_db()

    assert (row.status, row.remote_id) == ("running", list(emulator.tasks)[0])
    emulator.advance(60)
    assert stored(look(row)).status == "succeeded"
    assert len(emulator.creates) == emulator.charged == 1


@pytest.mark.parametrize(
    "row", [name for name in SERVICES if name not in ID_IS_THE_TASK], indirect=True
)
@pytest.mark.parametrize(
    "body",
    [
        '{"id": "call-1", "request_id": "call-1"}',
        '{"id": "t-1", "error": {"message": "no"}}',
        '{"id": "t-1", "status": "failed"}',
        '{"id": "t-1", "code": 50000}',
        '{"id": "t-1", "success": false}',
    ],
)
def test_an_id_beside_an_error_or_of_the_call_is_no_acceptance(
    body: str, row: Generation, emulator: Emulator
) -> None:
    emulator.fail("create", status=200, body=body, charge=True)
    try:
        submit_queued(row.provider, row.model)
    except Exception as error:  # a doubt is raised after it was written down
        assert type(error).__name__ == "OutcomeUnknownError"
    row.refresh_from_db()

    assert row.status in ("unconfirmed", "failed") and not row.remote_id
    assert len(emulator.creates) == 1


def test_a_create_that_is_sent_elsewhere_pauses_the_line_and_tells_where(
    row: Generation, emulator: Emulator, client: Any
) -> None:
    emulator.fail("create", "moved")
    submit_queued(row.provider, row.model)
    submit_queued(row.provider, row.model)
    row.refresh_from_db()

    assert row.status == "queued"
    throttle = SubmitThrottle.objects.get(provider=row.provider, model=row.model)
    assert throttle.is_paused and "https://moved.example/v2" in throttle.pause_detail
    assert "secret" not in throttle.pause_detail
    assert sentence("auth") in page(client, row)
    assert concerns() == {"paused"}
    assert (len(emulator.creates), emulator.charged) == (1, 0)
