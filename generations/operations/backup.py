"""Backups: the database first, then every file that its rows name, and the digests of both.

Files never change under their name, so a database of one moment and files read a little later
fit together. What was deleted for good in between is listed as missing.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from wanstudio.ownership import obstacle

from ..models import Generation, SubmitThrottle
from .database_dump import InvalidDumpError, check_dump, dump, load
from .manifest import FILES, MANIFEST, InvalidBackupError, described
from .modes import private_files

FIELDS = ("video", "poster", "source_image")


@private_files()
def make(folder: Path, *, earlier: Path | None = None) -> dict[str, Any]:
    """Write a backup into `folder`, which must be empty or not there; returns its manifest.

    Files that a finished backup `earlier`, on the same disk, has are linked to it. Raises
    InvalidBackupError, and OSError for a disk or a bucket that fails on the way.
    """
    prepare(folder)
    made, before = timezone.now(), set(names())
    try:
        database = dump(folder)
    except InvalidDumpError as error:
        raise InvalidBackupError(str(error)) from error
    known = json.loads((earlier / MANIFEST).read_text())["files"] if earlier else {}
    files, missing = {}, []
    # Looked up before and after: rows of the dump may be gone by now, or not have been there yet.
    for name in sorted(before.union(names())):
        target = folder / FILES / name
        try:
            if earlier and is_kept(default_storage, name, earlier, known, target):
                files[name] = known[name]
            else:
                files[name] = described(keep(default_storage, name, target))
        except FileNotFoundError:
            missing.append(name)
    manifest = {
        "made": made.isoformat(timespec="seconds"),
        "version": settings.WANSTUDIO_VERSION,
        "migrations": sorted(applied_migrations()),
        "database": {"engine": connection.vendor, "name": database.name} | described(database),
        "files": files,
        "missing": missing,
    }
    # Last: a folder without a manifest is no backup.
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False))
    return manifest


def prepare(folder: Path) -> None:
    """Make `folder`, for this account alone. Raises InvalidBackupError."""
    if problem := obstacle(folder):
        raise InvalidBackupError(problem)
    try:
        if folder.exists() and any(folder.iterdir()):
            raise InvalidBackupError(f"{folder} is not empty.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # it may have been there
    except OSError as error:
        raise InvalidBackupError(f"{folder} cannot be made: {error.strerror}.") from error


def still_named(missing: list[str]) -> list[str]:
    """Those of the missing files that rows go on naming: somebody misses them, or looks elsewhere.

    The others belong to rows that were deleted for good while the backup was made.
    """
    return sorted(set(missing).intersection(names())) if missing else []


def place() -> str:
    """Which database and which files this process works on; never with a password."""
    database = connection.settings_dict
    host = f" at {database['HOST']}" if database["HOST"] else ""
    files = f"bucket {settings.S3_BUCKET}" if settings.S3_BUCKET else settings.MEDIA_ROOT
    return f"{connection.vendor} {database['NAME']}{host}, files in {files}"


def names() -> Iterator[str]:
    """Every stored file that a row has."""
    rows = Generation.objects.not_deleted().order_by()
    for row in rows.values_list(*FIELDS).iterator(chunk_size=2000):
        yield from filter(None, row)


def keep(storage: Storage, name: str, target: Path) -> Path:
    """Bring one stored file to `target`: as a hard link where that is possible."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(storage, FileSystemStorage):
        try:
            os.link(storage.path(name), target)
            return target
        except FileNotFoundError:
            raise
        except OSError:  # another disk
            pass
    with storage.open(name) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
    return target


def is_kept(
    storage: Storage, name: str, earlier: Path, known: dict[str, Any], target: Path
) -> bool:
    """Link `target` to the file in an earlier backup, if that has it with the size it has now.

    Its digest stays that of its first copy: a file damaged since then is seen at a restore. Raises
    FileNotFoundError for one that is stored no longer.
    """
    path = earlier / FILES / name
    if name not in known or not path.is_file():
        return False
    if not storage.size(name) == known[name]["bytes"] == path.stat().st_size:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(path, target)
    return True


def restore(folder: Path, manifest: dict[str, Any], *, replace: bool = False) -> None:
    """Put files and database in place. `manifest` is what `read` found to be whole.

    Whatever can be wrong is found before the first change. Raises InvalidBackupError.
    """
    database = folder / manifest["database"]["name"]
    refuse_strange(manifest)
    if not replace and holds_people():
        raise InvalidBackupError("The database holds people already. To replace it all: --replace")
    try:
        check_dump(database)
        for name, facts in manifest["files"].items():
            put(default_storage, name, folder / FILES / name, facts["sha256"])
        load(database)
    except InvalidDumpError as error:
        raise InvalidBackupError(str(error)) from error


def refuse_strange(manifest: dict[str, Any]) -> None:
    """Raise InvalidBackupError for a backup of another kind of database or a newer version."""
    if manifest["database"]["engine"] != connection.vendor:
        raise InvalidBackupError(
            f"This is a backup of {manifest['database']['engine']}, and DATABASE_URL is "
            f"{connection.vendor}. Restore it there, then use manage.py move_database."
        )
    if unknown := set(manifest.get("migrations", ())) - known_migrations():
        raise InvalidBackupError(
            f"This backup was made by version {manifest['version']}. Version "
            f"{settings.WANSTUDIO_VERSION} does not know its migration {min(unknown)}: restore it "
            f"with version {manifest['version']}."
        )


def end_sessions() -> None:
    """Sign everybody out. A backup holds sessions that have been ended since it was made."""
    Session.objects.all().delete()


def version_note(manifest: dict[str, Any]) -> str:
    """A sentence about a backup that another version made; empty for one of this version."""
    version = manifest.get("version", "before 1.0.0")
    if version == settings.WANSTUDIO_VERSION:
        return ""
    return (
        f"This backup was made by version {version}, and this is {settings.WANSTUDIO_VERSION}: "
        "the database is migrated after it is restored."
    )


def applied_migrations() -> set[str]:
    """The names of those migrations of the app that the database has."""
    applied = MigrationRecorder(connection).applied_migrations()
    return {name for app, name in applied if app == "generations"}


def known_migrations() -> set[str]:
    """The names of those migrations of the app that this version brings."""
    on_disk = MigrationLoader(None).disk_migrations
    return {name for app, name in on_disk if app == "generations"}


def hold_what_waits(made: str) -> int:
    """Pause every line in which rows wait, until staff resume it; returns how many rows wait.

    What waited when the backup was `made` may have been sent and paid since then.
    """
    waiting = Generation.objects.queued().order_by()
    with transaction.atomic():
        for provider, model in waiting.values_list("provider", "model").distinct():
            # Before any other cause: whoever mends that one has not looked at these rows.
            SubmitThrottle.objects.filter(provider=provider, model=model).update(paused_until=None)
            # The detail names the line: lines with the same cause are resumed together.
            detail = f"{model}: restored from the backup of {made}. What waits may have been sent."
            SubmitThrottle.objects.pause(
                provider, model, whole_service=False, code="restored", detail=detail
            )
    return waiting.count()


def digest(storage: Storage, name: str) -> str:
    with storage.open(name) as file:
        return file_digest(file, "sha256").hexdigest()


def holds_people() -> bool:
    try:
        return bool(get_user_model().objects.exists())
    except DatabaseError:  # there are no tables yet
        return False


def put(storage: Storage, name: str, path: Path, sha256: str) -> None:
    """Store the file under exactly this name, unless it is there, byte for byte."""
    if storage.exists(name) and digest(storage, name) == sha256:
        return
    storage.delete(name)
    with path.open("rb") as file:
        stored = storage.save(name, File(file))
    if stored != name:
        raise InvalidBackupError(f"{name} was stored as {stored}.")
