"""From one machine's means to many's: SQLite to PostgreSQL, disk to bucket."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.bucket import BucketServer
from tests.factory import VIDEO
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


@pytest.mark.django_db
@pytest.mark.parametrize("source", ["mysql://u:canary@h/n", "postgres://u:canary#x@h/n"])
def test_an_address_that_cannot_work_is_a_sentence_without_its_password(
    tmp_path: Path, source: str
) -> None:
    said = Installation(tmp_path).manage("move_database", source, fails=True)
    assert said.startswith("The address ")
    assert "canary" not in said and "Traceback" not in said


def test_a_password_is_no_argument(tmp_path: Path) -> None:
    studio = Installation(tmp_path)
    studio.migrate()
    source = "postgres://u:canary@127.0.0.1:9/old"
    for argument in (source, "postgres://127.0.0.1:9/old?user=u&password=canary"):
        said = studio.manage("move_database", argument, fails=True)
        assert "SOURCE_DATABASE_URL" in said and "canary" not in said
    assert "SOURCE_DATABASE_URL is not set" in studio.manage("move_database", fails=True)
    studio.environment["SOURCE_DATABASE_URL"] = source
    assert "9" in studio.manage("move_database", fails=True)  # it is asked: nobody is there


def test_a_source_from_the_environment_is_moved(tmp_path: Path) -> None:
    old, new = Installation(tmp_path / "old"), Installation(tmp_path / "new")
    old.migrate()
    new.migrate()
    old.person("ada")
    new.environment["SOURCE_DATABASE_URL"] = old.environment["DATABASE_URL"]
    new.manage("move_database")
    assert new.run("print(User.objects.get().username)") == "ada"


def test_a_database_with_people_is_not_written_over(owner: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="must be empty"):
        call_command("move_database", f"sqlite:///{tmp_path}/old.sqlite3")


@pytest.fixture
def bucket(settings: Any, own_files: None) -> Iterator[BucketServer]:
    """Set up as the new place. What was there until now is on the disk."""
    with BucketServer() as server:
        settings.S3_BUCKET = "studio-videos"
        settings.STORAGES = {**settings.STORAGES, "default": server.storage}
        yield server


@pytest.fixture
def disk(settings: Any, own_files: None, make_generation: Any) -> Path:
    for _ in range(3):
        make_generation("succeeded")
    return Path(settings.MEDIA_ROOT)


def move(*options: str) -> str:
    said = io.StringIO()
    call_command("move_media", *options, stdout=said, stderr=said)
    return said.getvalue()


@pytest.mark.django_db
def test_files_move_into_the_bucket_and_back(disk: Path, bucket: BucketServer) -> None:
    assert move() == "3 moved\n"
    names = bucket.names()
    assert len(names) == 3
    assert {bucket.content(name) for name in names} == {VIDEO}

    shutil.rmtree(disk)
    assert move("--back") == "3 moved\n"
    assert {(disk / name).read_bytes() for name in names} == {VIDEO}


@pytest.mark.django_db
def test_a_move_that_was_stopped_goes_on_and_mends_what_is_half(
    disk: Path, bucket: BucketServer
) -> None:
    move()
    first, second, _ = sorted(bucket.names())
    bucket.client.delete_object(Bucket="studio-videos", Key=first)
    bucket.client.put_object(Bucket="studio-videos", Key=second, Body=b"half")

    assert sorted(move().strip().split(", ")) == ["1 there already", "2 moved"]
    assert bucket.content(second) == VIDEO


@pytest.mark.django_db
def test_what_is_missing_is_named_and_fails(disk: Path, bucket: BucketServer) -> None:
    min(disk.rglob("*.mp4")).unlink()
    with pytest.raises(CommandError, match="Not everything"):
        move()
    assert len(bucket.names()) == 2


def test_without_a_bucket_there_is_nowhere_to_move() -> None:
    with pytest.raises(CommandError, match="AWS_STORAGE_BUCKET_NAME"):
        move()
