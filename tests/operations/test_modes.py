"""What other accounts of the machine may read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Tags, run_checks
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from generations.operations.modes import is_open_to_others
from tests.wanstudio.test_settings import settings as settings_of


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that everybody may enter, as far as a test can make one."""
    folder = tmp_path / "open"
    folder.mkdir()
    for each in (folder, *folder.parents):
        if each.stat().st_uid == Path.home().stat().st_uid and "pytest" in str(each):
            each.chmod(0o755)
    if not all(each.stat().st_mode & 0o001 for each in folder.parents):
        pytest.skip("the folder for temporary files is closed to others")
    return folder


@pytest.mark.parametrize(
    ("mode", "above", "is_open"),
    [(0o644, 0o755, True), (0o640, 0o755, False), (0o644, 0o750, False), (0o600, 0o700, False)],
)
def test_a_closed_folder_closes_what_is_in_it(
    open_folder: Path, mode: int, above: int, is_open: bool
) -> None:
    file = open_folder / "file"
    file.touch()
    file.chmod(mode)
    open_folder.chmod(above)
    assert is_open_to_others(file) is is_open


def test_what_is_not_there_is_not_open(tmp_path: Path) -> None:
    assert not is_open_to_others(tmp_path / "nothing")


@pytest.mark.parametrize("which", ["media", "environment", "database"])
def test_a_check_names_what_others_may_read(open_folder: Path, settings: Any, which: str) -> None:
    file = open_folder / which
    file.touch(mode=0o644)
    file.chmod(0o755)
    if which == "media":
        settings.MEDIA_ROOT = file
    elif which == "environment":
        settings.WANSTUDIO_ENV_PATH = file
    else:
        engine = "django.db.backends.sqlite3"
        settings.DATABASES = {"default": {"ENGINE": engine, "NAME": str(file)}}
    assert named(file)
    file.chmod(0o700)
    assert not named(file)


def named(path: Path) -> bool:
    found = [each for each in run_checks(tags=[Tags.security]) if each.id == "generations.W016"]
    return any(str(path) in each.msg for each in found)


@pytest.mark.parametrize(
    ("sent_by", "file", "folder"), [("", 0o600, 0o700), ("nginx", 0o640, 0o750)]
)
def test_files_of_people_are_for_the_account_and_for_nginx_where_it_sends_them(
    sent_by: str, file: int, folder: int
) -> None:
    storages = settings_of("STORAGES", WANSTUDIO_SENDFILE=sent_by)
    options = storages["default"]["OPTIONS"]
    assert options["file_permissions_mode"] == file
    assert options["directory_permissions_mode"] == folder


def test_they_are_stored_so(settings: Any) -> None:
    name = default_storage.save("videos/ab/film.mp4", ContentFile(b"film"))
    path = Path(default_storage.path(name))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
