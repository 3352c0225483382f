"""What an answer proves about the request."""

from __future__ import annotations

import time
from typing import Any

import pytest

from generations.providers.errors import (
    ErrorCode,
    OutcomeUnknownError,
)
from tests.providers.http.calls import ASK, failure, make
from tests.providers.server import Server, answer


def test_an_id_beside_a_server_error_is_kept_for_staff(server: Server) -> None:
    server.then(answer(500, {"output": {"task_id": "t-1"}}))
    with pytest.raises(OutcomeUnknownError) as caught:
        make(server).submit(ASK, deadline=time.monotonic() + 60)
    assert caught.value.provider_data["remote_id"] == "t-1"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"code": 402, "msg": "Insufficient credits"}, ErrorCode.BILLING),
        ({"code": "401", "msg": "no"}, ErrorCode.AUTH),
        ({"code": 429, "msg": "slow down"}, ErrorCode.RATE),
        ({"code": 400, "msg": "size is wrong"}, ErrorCode.INPUT),
        ({"code": 500, "msg": "internal"}, ErrorCode.UNCONFIRMED),
        ({"code": 1, "msg": "queued"}, ErrorCode.UNCONFIRMED),
        ({"code": 0, "msg": "ok"}, ErrorCode.UNCONFIRMED),
        ({"msg": "queued"}, ErrorCode.UNCONFIRMED),
    ],
)
def test_a_status_in_the_body_of_a_200_counts_as_one(
    server: Server, body: Any, expected: ErrorCode
) -> None:
    server.then(answer(200, body))
    error = failure(make(server), ASK)
    assert error.code == expected
