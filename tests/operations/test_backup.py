"""A backup is restored elsewhere, and plays."""

from __future__ import annotations

import io
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import av
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from generations.models import Generation
from generations.operations import database_dump
from generations.operations.manifest import described
from generations.tasks.housekeeping import delete_files, purge
from tests.backups import name_in, sqlite_alone
from tests.bucket import BucketServer
from tests.installation import Installation, Person

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


def test_a_backup_made_in_the_midst_of_work_is_restored_elsewhere_and_plays(
    tmp_path: Path, two_databases: tuple[str, str]
) -> None:
    one = Installation(tmp_path / "one", DATABASE_URL=two_databases[0])
    one.migrate()
    row = one.run(FILL.format(folder=str(one.folder)))
    with one.started("-c", WRITING) as writer:
        while len(list((one.folder / "media").rglob("*.mp4"))) < 20:
            assert writer.poll() is None, one.log.read_text()[-3000:]
            time.sleep(0.05)
        one.manage("backup", str(tmp_path / "backup"))
    shutil.rmtree(one.folder / "media")

    two = Installation(tmp_path / "two", DATABASE_URL=two_databases[1])
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
    tmp_path: Path, two_databases: tuple[str, str]
) -> None:
    studio = Installation(tmp_path / "studio", DATABASE_URL=two_databases[0])
    studio.migrate()
    studio.run(FILL.format(folder=str(studio.folder)))
    studio.manage("backup", str(tmp_path / "backup"))
    studio.run(LATER)
    assert studio.run(TABLES) == "True 3"

    studio.manage("restore", str(tmp_path / "backup"), "--replace")

    assert studio.run(TABLES) == "False 2"


def test_a_dump_that_cannot_be_loaded_leaves_everything_as_it_was(
    tmp_path: Path, two_databases: tuple[str, str]
) -> None:
    """The folder is whole, but what is in it cannot be loaded."""
    studio = Installation(tmp_path / "studio", DATABASE_URL=two_databases[0])
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
