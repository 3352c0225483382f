"""The tests of a code file are where its path says: `tests/models/test_event.py` for `event`.

A list names the files that have none, each with the reason.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "generations"

# Nothing here decides anything.
NO_BEHAVIOR = {
    "generations/apps.py": "each start loads it",
    "generations/decoders/bounds.py": "numbers",
    "generations/models/generation_indexes.py": "the fields of indexes; migrations are compared",
    "generations/models/origin.py": "values and their labels",
    "generations/urls.py": "a table, which tests/test_matrix.py walks",
    "generations/views/request.py": "a type",
    "generations/wording/key_check.py": "sentences; tests/admin/test_key_check.py reads them",
    "wanstudio/app_settings.py": "lists",
    "wanstudio/apps.py": "each start loads it",
    "wanstudio/formats/en/formats.py": "formats of dates",
    "wanstudio/urls.py": "a table, which tests/test_matrix.py walks",
    "wanstudio/wsgi.py": "each server loads it",
}


def path_of_tests(path: str) -> str:
    """`tests/models/test_event.py` for `generations/models/event.py`."""
    folder, _, name = path.removeprefix("generations/").rpartition("/")
    return "/".join(part for part in ("tests", folder, f"test_{name}") if part)


CODE = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in (APP, ROOT / "wanstudio")
    for path in folder.rglob("*.py")
    if path.name != "__init__.py" and "migrations" not in path.parts
)


def test_every_code_file_has_its_tests_unless_nothing_in_it_decides_anything() -> None:
    alone = {path for path in CODE if not (ROOT / path_of_tests(path)).exists()}
    assert not sorted(alone - NO_BEHAVIOR.keys()), "write the tests of these"
    assert not sorted(NO_BEHAVIOR.keys() - alone), "these have tests, or are gone: off the list"
