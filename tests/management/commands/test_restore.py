"""What `manage.py restore` refuses, and who is left waiting after it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client

from tests.backups import name_in, sqlite_alone
from tests.conftest import person
from tests.emulator import Emulator
from tests.installation import Installation

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
    tmp_path: Path, two_databases: tuple[str, str], emulator: Emulator
) -> None:
    studio = Installation(
        tmp_path / "studio", DATABASE_URL=two_databases[0], DASHSCOPE_SUBMIT_EVERY="0",
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


MAKE_OLDER = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("ALTER TABLE generations_lane DROP COLUMN credentials_hash")
    cursor.execute("DELETE FROM django_migrations WHERE app='generations' AND name >= '0011'")
"""


def test_nothing_is_sent_after_a_restore_whose_migration_failed(
    tmp_path: Path, two_databases: tuple[str, str], emulator: Emulator
) -> None:
    """The backup is of an earlier release by what it says, but has tables of this one."""
    studio = Installation(
        tmp_path / "studio", DATABASE_URL=two_databases[0], **emulator.environment()
    )
    studio.migrate()
    studio.run(ASK + MAKE_OLDER)
    studio.manage("backup", str(tmp_path / "backup"))

    said = studio.manage("restore", str(tmp_path / "backup"), "--replace", fails=True)
    studio.run(SEND)

    assert "could not be migrated" in said
    assert studio.run("print(Generation.objects.queued().count())") == "3"
    assert emulator.charged == 0


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
def test_nobody_is_signed_in_after_a_restore(
    make_generation: Any, owner: Any, client: Client, tmp_path: Path
) -> None:
    client.force_login(owner)
    call_command("backup", tmp_path / "backup", stdout=io.StringIO())
    call_command("restore", tmp_path / "backup", "--replace", stdout=io.StringIO())
    assert User.objects.get() == owner
    assert client.get("/").status_code == 302
    assert not Session.objects.exists()
