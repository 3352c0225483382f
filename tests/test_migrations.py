"""Every release can be undone: migrations go back and forth over a database that is in use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import Installation, scratch_database

FILL = """
from generations.reports.aggregate import update_daily_sums
ada = User.objects.create_user("ada")
for status in Status.values:
    row = make_generation(status, owner=ada, provider_data={"cost": 0.4}, price="0.5")
    row.log_event(status, by=ada)
SubmitThrottle.objects.pause("sandbox", "m", whole_service=False, code="auth", detail="key")
update_daily_sums()
"""
ROWS = """
import json
print(json.dumps([
    list(Generation.objects.order_by("pk").values()), list(Event.objects.values("kind", "by_id")),
    list(SubmitThrottle.objects.filter(model="m").values("pause_code")),
], default=str))
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/studio.sqlite3"
        return
    with scratch_database() as url:
        yield url


def test_the_way_back_to_the_first_release_and_forth_again_keeps_every_row(
    tmp_path: Path, database: str
) -> None:
    studio = Installation(tmp_path, DATABASE_URL=database)
    studio.migrate()
    studio.run(FILL)
    before = studio.run(ROWS)

    studio.manage("migrate", "generations", "0001", "-v0", "--skip-checks")
    studio.migrate()
    studio.manage("refill_search")

    assert studio.run(ROWS) == before
