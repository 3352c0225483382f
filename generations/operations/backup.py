"""Backups: the database first, then every file that its rows refer to, and their digests.

A file never changes under its name, so a database of one moment and files that are read later fit
together. Files that were deleted for good in the meantime are listed as missing.
"""

import json
import os
import shutil
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from wanstudio.ownership import write_problem

from ..models import Event, EventKind, Generation
from ..models.submit_throttle import FOREVER
from .database_copy import holds_people
from .database_dump import check_dump, dump, load
from .file_modes import private_files
from .manifest import FILES, MANIFEST, InvalidBackupError, described

FIELDS = ("video", "poster", "source_image")


@private_files()
def make(folder: Path, *, earlier: Path | None = None) -> dict[str, Any]:
    """Write a backup into `folder`, which must be empty or not there; returns its manifest.

    Files that a finished backup `earlier`, on the same disk, has are linked to it. Raises
    InvalidBackupError, and OSError for a disk or a bucket that fails on the way.
    """
    prepare(folder)
    made, before = timezone.now(), set(names())
    database = dump(folder)
    known = json.loads((earlier / MANIFEST).read_text())["files"] if earlier else {}
    files, missing = {}, []
    # Read before and after the dump: rows may have been deleted or added meanwhile.
    for name in sorted(before.union(names())):
        target = folder / FILES / name
        try:
            if earlier and linked_to_earlier(default_storage, name, earlier, known, target):
                files[name] = known[name]
            else:
                files[name] = described(copy_stored(default_storage, name, target))
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
    # Last: a folder without a manifest is not a backup.
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False))
    return manifest


def prepare(folder: Path) -> None:
    """Make `folder`, for this account alone. Raises InvalidBackupError."""
    if problem := write_problem(folder):
        raise InvalidBackupError(problem)
    try:
        if folder.exists() and any(folder.iterdir()):
            raise InvalidBackupError(f"{folder} is not empty.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # it may have existed
    except OSError as error:
        raise InvalidBackupError(f"{folder} cannot be made: {error.strerror}.") from error


def still_named(missing: list[str]) -> list[str]:
    """The missing files that rows still refer to: they were lost, or are stored elsewhere.

    The others belong to rows that were deleted for good while the backup was made.
    """
    return sorted(set(missing).intersection(names())) if missing else []


def place() -> str:
    """The database and the files that this process uses; never with a password."""
    database = connection.settings_dict
    host = f" at {database['HOST']}" if database["HOST"] else ""
    files = f"bucket {settings.S3_BUCKET}" if settings.S3_BUCKET else settings.MEDIA_ROOT
    return f"{connection.vendor} {database['NAME']}{host}, files in {files}"


def names() -> Iterator[str]:
    """The names of all stored files of all rows."""
    rows = Generation.objects.not_deleted().order_by()
    for row in rows.values_list(*FIELDS).iterator(chunk_size=2000):
        yield from filter(None, row)


def copy_stored(storage: Storage, name: str, target: Path) -> Path:
    """Put one stored file at `target`: as a hard link if possible."""
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


def linked_to_earlier(
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
    require_compatible(manifest)
    if not replace and holds_people():
        raise InvalidBackupError("The database holds people already. To replace it all: --replace")
    check_dump(database)
    for name, facts in manifest["files"].items():
        store(default_storage, name, folder / FILES / name, facts["sha256"])
    load(database)


def require_compatible(manifest: dict[str, Any]) -> None:
    """Raise InvalidBackupError for a backup of another kind of database or a newer version."""
    if manifest["database"]["engine"] != connection.vendor:
        raise InvalidBackupError(
            f"This is a backup of {manifest['database']['engine']}, and DATABASE_URL is "
            f"{connection.vendor}. Restore it there, then use manage.py move_database."
        )
    # Migrations are compared by name: this version may not know all of them.
    known = {name for app, name in MigrationLoader(None).disk_migrations if app == "generations"}
    if unknown := set(manifest.get("migrations", ())) - known:
        raise InvalidBackupError(
            f"This backup was made by version {manifest['version']}. Version "
            f"{settings.WANSTUDIO_VERSION} does not know its migration {min(unknown)}: restore it "
            f"with version {manifest['version']}."
        )


def version_note(manifest: dict[str, Any]) -> str:
    """A sentence if another version made the backup; else empty."""
    version = manifest.get("version", "before 1.0.0")
    if version == settings.WANSTUDIO_VERSION:
        return ""
    return (
        f"This backup was made by version {version}, and this is {settings.WANSTUDIO_VERSION}: "
        "the database is migrated after it is restored."
    )


def applied_migrations() -> set[str]:
    """The names of the app's migrations that the database has."""
    applied = MigrationRecorder(connection).applied_migrations()
    return {name for app, name in applied if app == "generations"}


def pause_restored(made: str) -> int:
    """Pause every throttle with queued rows until staff resume it; returns how many rows wait.

    What waited when the backup was `made` may have been sent and paid since then. Works before the
    database is migrated: nothing is sent either if that fails.
    """
    waiting = Generation.objects.queued().order_by()
    with transaction.atomic():
        for provider, model in waiting.values_list("provider", "model").distinct():
            # The detail contains the model: throttles with the same cause are resumed together.
            detail = f"{model}: restored from the backup of {made}. What waits may have been sent."
            # This replaces any other cause: whoever solves that one has not yet checked these rows.
            cause = {"paused_until": FOREVER, "pause_code": "restored", "pause_detail": detail}
            restored_throttles().update_or_create(cause, provider=provider, model=model)
            data = {"provider": provider, "model": model, "code": "restored"}
            Event.objects.create(kind=EventKind.PAUSED, note=detail, data=data)
    return waiting.count()


def restored_throttles() -> Any:
    """The manager of `SubmitThrottle` with the columns that the restored database has."""
    loader = MigrationLoader(connection)
    applied = [key for key in loader.applied_migrations if key in loader.graph.nodes]
    state = loader.project_state([key for key in applied if key[0] == "generations"])
    name = "submitthrottle" if ("generations", "submitthrottle") in state.models else "lane"
    return state.apps.get_model("generations", name)._default_manager


def digest(storage: Storage, name: str) -> str:
    with storage.open(name) as file:
        return file_digest(file, "sha256").hexdigest()


def store(storage: Storage, name: str, path: Path, sha256: str) -> None:
    """Store the file under exactly this name, unless it is there, byte for byte."""
    if storage.exists(name) and digest(storage, name) == sha256:
        return
    storage.delete(name)
    with path.open("rb") as file:
        stored = storage.save(name, File(file))
    if stored != name:
        raise InvalidBackupError(f"{name} was stored as {stored}.")
