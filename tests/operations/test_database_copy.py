"""From one machine's means to many's: SQLite to PostgreSQL, disk to bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import Installation, scratch_database

FILL = """
from datetime import timedelta
from django.contrib.auth.models import Group
from django.utils import timezone
ada, bob = (User.objects.create_user(name, password="x") for name in ("ada", "bob"))
bob.groups.add(Group.objects.get(name="reviewer"))
for number in range({rows}):
    row = make_generation("failed", owner=ada, prompt=f"纸船 {{number}} 🛶", price="0.1",
                          provider_data={{"cost": 0.25, "seen": [1, {{"n": 1e16}}]}})
    row.log_event("failed", data={{"b": 1, "a": None}})
make_generation("running", owner=bob, retry_of=row)
Event.objects.update(at=timezone.now() - timedelta(days=3))
SubmitThrottle.objects.at("sandbox", "m")
"""
SUMMARY = """
from generations.operations.database_copy import *
print([summary(model, "default") for model in models_to_move()])
"""
# Keys go on after the ones that came along.
AFTERWARDS = """
assert User.objects.get(username="bob").groups.get().name == "reviewer"
assert User.objects.create_user("eve").pk == 3
make_generation("queued", owner=User.objects.get(username="ada")).log_event("queued")
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new.sqlite3"
        return
    with scratch_database() as url:
        yield url


def test_every_row_arrives_as_it_was_and_new_ones_follow(target: str, tmp_path: Path) -> None:
    old = Installation(tmp_path / "old")
    old.migrate()
    before = old.run(FILL.format(rows=50) + SUMMARY)
    new = Installation(tmp_path / "new", DATABASE_URL=target)
    new.migrate()

    said = new.manage("move_database", old.environment["DATABASE_URL"])

    assert "51 generations.Generation" in said
    name = old.run("from django.conf import settings; print(settings.WANSTUDIO_INSTANCE)")
    assert said.endswith(f"WANSTUDIO_INSTANCE={name}\n")
    assert new.run(SUMMARY) == before
    new.run(AFTERWARDS)


SPOIL = """
from django.db import connection
connection.cursor().execute('''CREATE TRIGGER spoil AFTER INSERT ON generations_generation
    BEGIN UPDATE generations_generation SET prompt = 'another' WHERE id = NEW.id; END''')
"""


def test_what_does_not_arrive_as_it_was_is_not_moved_at_all(tmp_path: Path) -> None:
    old, new = Installation(tmp_path / "old"), Installation(tmp_path / "new")
    old.migrate()
    old.run(FILL.format(rows=1))
    new.migrate()
    new.run(SPOIL)

    said = new.manage("move_database", old.environment["DATABASE_URL"], fails=True)

    assert "generations.Generation is not the same on both sides. Nothing was moved." in said
    assert new.run("print(User.objects.count(), Generation.objects.count())") == "0 0"
