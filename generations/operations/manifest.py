"""The manifest of a backup, and whether the backup is complete."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import Any

MANIFEST = "manifest.json"
FILES = "files"
DUMPS = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}


class InvalidBackupError(Exception):
    """There is no backup, or it is not restored. The message is for the operator."""


def described(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": file_digest(file, "sha256").hexdigest()}


def read(folder: Path) -> dict[str, Any]:
    """The manifest, after checking that everything in it is complete and inside of `folder`."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidBackupError(
            f"{folder} is no finished backup: {MANIFEST} cannot be read."
        ) from error
    if not is_manifest(manifest):
        raise InvalidBackupError(f"{folder} is no backup: {MANIFEST} is damaged.")
    wanted = {f"{FILES}/{name}": facts for name, facts in manifest["files"].items()}
    wanted[manifest["database"]["name"]] = manifest["database"]
    for name, facts in wanted.items():
        require_whole(folder.resolve(), name, facts)
    return dict(manifest)


def require_whole(folder: Path, name: str, facts: Mapping[str, Any]) -> None:
    path = folder / name
    if path.resolve() != path:
        raise InvalidBackupError(f"{name} is a link to another place. Nothing was restored.")
    if not path.is_file() or described(path).items() - facts.items():
        raise InvalidBackupError(f"{name} is missing or damaged. Nothing was restored.")


def is_manifest(found: Any) -> bool:
    """Whether everything that a restore reads is there, with the right type."""
    return (
        isinstance(found, dict)
        and is_time(found.get("made"))
        and isinstance(found.get("version", ""), str)
        and is_list_of_text(found.get("migrations", []))
        and is_list_of_text(found.get("missing", []))
        and is_dump(found.get("database"))
        and isinstance(files := found.get("files"), dict)
        and all(is_inside(name) and is_described(facts) for name, facts in files.items())
    )


def is_time(text: Any) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except (TypeError, ValueError):
        return False


def is_list_of_text(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(each, str) for each in found)


def is_dump(found: Any) -> bool:
    return is_described(found) and (found.get("engine"), found.get("name")) in DUMPS.items()


def is_described(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("bytes"), int)
        and all(isinstance(value, str | int) for value in found.values())
        and isinstance(found.get("sha256"), str)
    )


def is_inside(name: str) -> bool:
    """Whether this is the name of a stored file that does not lead elsewhere."""
    path = PurePosixPath(name)
    return str(path) == name and not path.is_absolute() and ".." not in path.parts
