"""A backup is restored elsewhere, and plays."""

from __future__ import annotations

import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from generations.models import Generation
from generations.operations import database_dump
from generations.operations.manifest import described
from generations.tasks.housekeeping import delete_files, purge
from tests.bucket import BucketServer
from tests.conftest import person
from tests.emulator import Emulator
from tests.installation import Installation, Person, scratch_database

sqlite_alone = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the way there and back is tried on PostgreSQL above"
)
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.database)
FILL = """
from pathlib import Path
from tests.films import draw_film
ada = User.objects.create_user("ada", password="correct horse battery")
film = draw_film(Path({folder!r}) / "film.mp4", frames=30).read_bytes()
row = make_generation("succeeded", owner=ada, content=film, prompt="纸船")
row.log_event("approved", by=ada)
make_generation("failed", owner=ada)
print(row.pk)
"""
WRITING = """
import django; django.setup()
from tests.factory import make_generation
from django.contrib.auth.models import User
while True: make_generation("succeeded", owner=User.objects.get()).log_event("x")
"""


@pytest.fixture(params=["sqlite", POSTGRESQL])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two databases of one kind: one to back up, one to restore into."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/one.sqlite3", f"sqlite:///{tmp_path}/two.sqlite3"
        return
    if not shutil.which("pg_dump"):
        pytest.skip("pg_dump is not here")
    with scratch_database() as one, scratch_database() as two:
        yield one, two


def test_a_backup_made_in_the_midst_of_work_is_restored_elsewhere_and_plays(
    tmp_path: Path, database: tuple[str, str]
) -> None:
    one = Installation(tmp_path / "one", DATABASE_URL=database[0])
    one.migrate()
    row = one.run(FILL.format(folder=str(one.folder)))
    with one.started("-c", WRITING) as writer:
        while len(list((one.folder / "media").rglob("*.mp4"))) < 20:
            assert writer.poll() is None, one.log.read_text()[-3000:]
            time.sleep(0.05)
        one.manage("backup", str(tmp_path / "backup"))
    shutil.rmtree(one.folder / "media")

    two = Installation(tmp_path / "two", DATABASE_URL=database[1])
    two.manage("restore", str(tmp_path / "backup"))

    with two.web() as address:
        ada = Person(address, "ada")
        assert "纸船" in ada.ask("GET", f"/v/{row}/").text
        video = ada.ask("GET", f"/v/{row}/video.mp4").content
    with av.open(io.BytesIO(video)) as film:
        assert len(list(film.decode(video=0))) == 30
    kept = set(two.run(NAMES).split())
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    assert len(kept) >= 20
    assert manifest["missing"] == []
    assert all((two.folder / "media" / name).is_file() for name in kept)


NAMES = """
assert Event.objects.get(kind="approved").by.username == "ada"
print(*Generation.objects.exclude(video="").values_list("video", flat=True))
"""


LATER = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE later (u integer REFERENCES auth_user)")
    cursor.execute("INSERT INTO later SELECT id FROM auth_user")
make_generation("failed", owner=User.objects.get())
"""
TABLES = """
from django.db import connection
print("later" in connection.introspection.table_names(), Generation.objects.count())
"""


def test_tables_of_a_newer_release_are_gone_after_a_restore(
    tmp_path: Path, database: tuple[str, str]
) -> None:
    studio = Installation(tmp_path / "studio", DATABASE_URL=database[0])
    studio.migrate()
    studio.run(FILL.format(folder=str(studio.folder)))
    studio.manage("backup", str(tmp_path / "backup"))
    studio.run(LATER)
    assert studio.run(TABLES) == "True 3"

    studio.manage("restore", str(tmp_path / "backup"), "--replace")

    assert studio.run(TABLES) == "False 2"


def test_a_dump_that_cannot_be_loaded_leaves_everything_as_it_was(
    tmp_path: Path, database: tuple[str, str]
) -> None:
    """The folder is whole, but what is in it cannot be loaded."""
    studio = Installation(tmp_path / "studio", DATABASE_URL=database[0])
    studio.migrate()
    studio.run(FILL.format(folder=str(studio.folder)))
    studio.manage("backup", str(tmp_path / "backup"))
    spoil(tmp_path / "backup")

    said = studio.manage("restore", str(tmp_path / "backup"), "--replace", fails=True)

    assert "Traceback" not in said
    assert studio.run(TABLES) == "False 2"


def spoil(backup: Path) -> None:
    """Cut the dump, and let the manifest believe that it was always so."""
    manifest = json.loads((backup / "manifest.json").read_text())
    path = backup / manifest["database"]["name"]
    path.write_bytes(path.read_bytes()[: -path.stat().st_size // 3])
    manifest["database"] |= described(path)
    (backup / "manifest.json").write_text(json.dumps(manifest))


SEND = """
from generations.tasks.submit import submit_queued
submit_queued("dashscope", "wan2.2-t2v-plus")
"""
ASK = """
ada = User.objects.create_user("ada", password="correct horse battery")
for prompt in ("a boat", "a kite", "a train"):
    Generation.objects.create_queued(owner=ada, provider="dashscope", model="wan2.2-t2v-plus",
                           prompt=prompt, size="832x480")
"""
STAFF_LOOK_AND_RESUME = """
from generations.staff.repair import attach
ada = User.objects.get()
boat, kite = Generation.objects.order_by("prompt")[:2]
assert boat.cancel(ada, note="the console lists it, and nobody wants it")
assert attach(kite, "{kite}", endpoint="{endpoint}", by=ada, note="the console lists it")
SubmitThrottle.objects.get().resume()
"""


def test_what_waits_in_a_backup_is_not_sent_again_until_staff_have_looked(
    tmp_path: Path, database: tuple[str, str], emulator: Emulator
) -> None:
    studio = Installation(
        tmp_path / "studio", DATABASE_URL=database[0], DASHSCOPE_SUBMIT_EVERY="0",
        DASHSCOPE_MAX_OPEN="2", **emulator.environment(),
    )  # fmt: skip
    studio.migrate()
    studio.run(ASK)
    studio.manage("backup", str(tmp_path / "backup"))
    studio.run(SEND)
    assert emulator.charged == 2

    said = studio.manage("restore", str(tmp_path / "backup"), "--replace")
    studio.run(SEND)

    assert "3 generations wait" in said
    assert emulator.charged == 2
    [kite] = [key for key, task in emulator.tasks.items() if task.prompt == "a kite"]
    studio.run(STAFF_LOOK_AND_RESUME.format(kite=kite, endpoint=emulator.base_url) + SEND)
    assert emulator.charged == 3
    sent = sorted(task.prompt for task in emulator.tasks.values())
    assert sent == ["a boat", "a kite", "a train"]


def test_with_a_bucket_files_come_from_it_and_go_back_into_it(tmp_path: Path) -> None:
    with BucketServer() as bucket:
        studio = Installation(tmp_path / "studio", **bucket.variables)
        studio.migrate()
        studio.run(FILL.format(folder=str(studio.folder)))
        [name] = bucket.names()
        film = bucket.content(name)
        assert "files in bucket studio-videos" in studio.manage("backup", str(tmp_path / "backup"))
        bucket.client.put_object(Bucket="studio-videos", Key=name, Body=film[::-1])

        studio.manage("restore", str(tmp_path / "backup"), "--replace")

        assert bucket.names() == {name}
        assert bucket.content(name) == film
    assert not (studio.folder / "media" / name).exists()


@pytest.fixture
def backup(make_generation: Any, tmp_path: Path) -> Path:
    make_generation("succeeded")
    call_command("backup", tmp_path / "backup", stdout=io.StringIO())
    return tmp_path / "backup"


def name_in(backup: Path) -> str:
    [name] = json.loads((backup / "manifest.json").read_text())["files"]
    return str(name)


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_damaged_file_restores_nothing(backup: Path) -> None:
    path = backup / "files" / name_in(backup)
    content = path.read_bytes()
    path.unlink()  # it is a link to the original
    path.write_bytes(content[:-1] + b"!")
    with pytest.raises(CommandError, match=r"\.mp4 is missing or damaged"):
        call_command("restore", backup, "--replace")


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_people_who_are_there_are_not_replaced_by_accident(backup: Path) -> None:
    person("bob")
    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", backup)
    assert User.objects.filter(username="bob").exists()

    call_command("restore", backup, "--replace", stdout=io.StringIO())
    assert [user.username for user in User.objects.all()] == ["owner"]


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_half_backup_is_none(backup: Path) -> None:
    (backup / "manifest.json").unlink()
    with pytest.raises(CommandError, match="no finished backup"):
        call_command("restore", backup)


@sqlite_alone
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("folder", ["file", "file/below", "/proc/wanstudio"])
def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match=f"{folder} cannot be made: "):
        call_command("backup", tmp_path / folder)


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_bucket_that_is_away_or_not_there_is_a_sentence(
    make_generation: Any, tmp_path: Path, settings: Any
) -> None:
    make_generation("succeeded")
    with BucketServer() as bucket:
        storage = bucket.storage
        storage["OPTIONS"]["bucket_name"] = "nowhere"
        settings.STORAGES = {**settings.STORAGES, "default": storage}
        with pytest.raises(CommandError, match="1 files that rows name are not there"):
            call_command("backup", tmp_path / "one", stderr=io.StringIO())
        storage["OPTIONS"]["endpoint_url"] = "http://127.0.0.1:9"
        settings.STORAGES = {**settings.STORAGES, "default": storage}
        with pytest.raises(CommandError, match="The backup is not finished, and is none: the buck"):
            call_command("backup", tmp_path / "two")
    assert not (tmp_path / "two" / "manifest.json").exists()


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_nobody_is_signed_in_after_a_restore(
    make_generation: Any, owner: Any, client: Client, tmp_path: Path
) -> None:
    client.force_login(owner)
    call_command("backup", tmp_path / "backup", stdout=io.StringIO())
    call_command("restore", tmp_path / "backup", "--replace", stdout=io.StringIO())
    assert User.objects.get() == owner
    assert client.get("/").status_code == 302
    assert not Session.objects.exists()


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_dump_that_cannot_be_loaded_puts_no_file_in_place(backup: Path) -> None:
    name = name_in(backup)
    default_storage.delete(name)
    spoil(backup)
    with pytest.raises(CommandError, match="damaged"):
        call_command("restore", backup, "--replace")
    assert not default_storage.exists(name)


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_folder_with_something_in_it_is_left_alone(backup: Path) -> None:
    before = sorted(backup.rglob("*"))
    with pytest.raises(CommandError, match="not empty"):
        call_command("backup", backup)
    assert sorted(backup.rglob("*")) == before


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_backup_costs_no_second_copy_of_the_videos(backup: Path) -> None:
    original = default_storage.path(name_in(backup))
    assert os.path.samefile(original, backup / "files" / name_in(backup))


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_file_of_the_same_size_with_other_bytes_is_put_right(backup: Path) -> None:
    path = Path(default_storage.path(name_in(backup)))
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[::-1])
    call_command("restore", backup, "--replace", stdout=io.StringIO())
    assert path.read_bytes() == content


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_backup_is_for_its_owner_alone_though_its_folder_was_there(
    make_generation: Any, tmp_path: Path
) -> None:
    make_generation("succeeded")
    folder = tmp_path / "backup"
    folder.mkdir(mode=0o755)
    before = os.umask(0o022)
    try:
        call_command("backup", folder, stdout=io.StringIO())
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert not [path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077]


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_what_is_backed_up_is_named_and_a_file_that_is_not_there_is_a_failure(
    make_generation: Any, tmp_path: Path, settings: Any
) -> None:
    row = make_generation("succeeded")
    make_generation("succeeded")
    said = io.StringIO()
    call_command("backup", tmp_path / "whole", stdout=said)
    here = f"sqlite {connection.settings_dict['NAME']}, files in {settings.MEDIA_ROOT}"
    assert said.getvalue().splitlines()[-1] == f"2 files and the database, of {here}"

    Path(row.video.path).unlink()
    with pytest.raises(CommandError, match="1 files that rows name are not there"):
        call_command("backup", tmp_path / "half", stdout=said, stderr=said)
    manifest = json.loads((tmp_path / "half" / "manifest.json").read_text())
    assert (manifest["missing"], len(manifest["files"])) == ([row.video.name], 1)


@sqlite_alone
@pytest.mark.django_db(transaction=True)
def test_a_row_that_goes_while_the_backup_is_made_is_no_failure_but_is_listed(
    make_generation: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make_generation("succeeded")

    def dump_and_purge(folder: Path) -> Path:
        path = database_dump.dump(folder)
        purge(Generation.objects.filter(pk=row.pk))
        delete_files()
        return path

    monkeypatch.setattr("generations.operations.backup.dump", dump_and_purge)
    said = io.StringIO()
    call_command("backup", tmp_path / "backup", stdout=said, stderr=said)
    assert f"Not there: {row.video.name}" in said.getvalue()
