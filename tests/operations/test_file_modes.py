"""What other accounts of the machine may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Tags, run_checks
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage

from generations.media.storage import parts_directory
from generations.operations.file_modes import is_open_to_others
from generations.providers.sandbox import Sandbox
from tests.providers.test_sandbox import picture, submit
from tests.wanstudio.processes import settings as settings_of


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
    ("sent_by", "file", "folder"), [("", 0o600, 0o700), ("nginx", 0o640, 0o2750)]
)
def test_files_of_people_are_for_the_account_and_for_the_folders_group_where_nginx_sends_them(
    sent_by: str, file: int, folder: int, tmp_path: Path
) -> None:
    root = tmp_path / "media"
    root.mkdir()
    root.chmod(0o2750)  # as docs/installing.md has it: what is made in it is of its group
    options = settings_of("STORAGES", WANSTUDIO_SENDFILE=sent_by)["default"]["OPTIONS"]
    storage = FileSystemStorage(**options | {"location": root})

    before = os.umask(0o027)  # of the units
    try:
        path = Path(storage.path(storage.save("videos/ab/film.mp4", ContentFile(b"film"))))
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == file
    assert [stat.S_IMODE(each.stat().st_mode) for each in path.parents[:2]] == [folder, folder]


def test_they_are_stored_so(settings: Any) -> None:
    name = default_storage.save("videos/ab/film.mp4", ContentFile(b"film"))
    path = Path(default_storage.path(name))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_for_files_that_is_not_there_is_made_closed(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    before = os.umask(0o022)
    try:
        parts_directory(FileSystemStorage(one))
        sandbox = Sandbox(alias="sandbox", pictures=other / "sandbox")
        submit(sandbox, model="sandbox-i2v", size="480P", image=picture())
    finally:
        os.umask(before)
    for folder in (one, *one.iterdir(), other, *other.iterdir()):
        assert not folder.stat().st_mode & 0o007
