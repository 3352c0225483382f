"""The worker as an installation starts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import Installation, scratch_database
from tests.waiting import until

ASK = """
ada = User.objects.create_user("ada")
for number in range(6):
    Generation.objects.create_queued(owner=ada, provider="sandbox", model="sandbox-t2v",
                           prompt=f"boat {number}", size="832x480")
"""
READY = "print(Generation.objects.succeeded().count())"


@pytest.fixture
def database() -> Iterator[str]:
    with scratch_database() as url:
        yield url


@pytest.mark.database
def test_a_pool_that_is_meant_for_the_web_does_not_trip_the_worker(
    tmp_path: Path, database: str
) -> None:
    studio = Installation(tmp_path, DATABASE_URL=database, WANSTUDIO_POOL="4")
    studio.migrate()
    studio.run(ASK)
    with studio.worker():
        until(lambda: studio.run(READY) == "6")
    log = studio.log.read_text()
    assert not [line for line in log.splitlines() if "Error" in line or "PoolTimeout" in line]
