"""What the tests themselves stand on."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import folder_in_memory, own_redis
from tests.installation import ROOT


@pytest.mark.parametrize(
    ("url", "below", "own"),
    [
        ("", 1, ""),
        ("redis://127.0.0.1:6379/15", 0, "redis://127.0.0.1:6379/15"),
        ("redis://127.0.0.1:6379/15", 1, "redis://127.0.0.1:6379/14"),
        ("redis://127.0.0.1:6379", 0, "redis://127.0.0.1:6379/0"),
        ("rediss://:secret@127.0.0.1/3?ssl_cert_reqs=none", 3,
         "rediss://:secret@127.0.0.1/0?ssl_cert_reqs=none"),
    ],
)  # fmt: skip
def test_each_process_has_a_redis_database_of_its_own(url: str, below: int, own: str) -> None:
    assert own_redis(url, below) == own


@pytest.mark.parametrize("end", ["", "/", "/0", "/first", "/-1"])
def test_no_redis_database_is_emptied_that_nobody_meant(end: str) -> None:
    with pytest.raises(pytest.UsageError, match="TEST_REDIS_URL"):
        own_redis(f"redis://127.0.0.1:6379{end}", below=1)


def test_files_are_in_memory_where_there_is_room(tmp_path: Path) -> None:
    room = shutil.disk_usage(tmp_path).free // 2
    assert folder_in_memory(str(tmp_path), room) == str(tmp_path)
    assert folder_in_memory(str(tmp_path), room * 4) is None
    assert folder_in_memory(str(tmp_path / "not there"), 0) is None


def test_what_asks_a_database_is_picked_by_its_mark() -> None:
    """`make test` repeats these on PostgreSQL: marks that come too late would pick nothing."""
    command = [sys.executable, "-m", "pytest", "--co", "-q", "-p", "no:cacheprovider"]
    picked = subprocess.run(
        [*command, "-m", "database", "tests/models/test_claims.py"],
        cwd=ROOT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert picked.returncode == 0, picked.stdout
    assert "deselected" not in picked.stdout
