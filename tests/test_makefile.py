"""What `make test` says where something is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.installation import ROOT


def test_without_a_browser_its_tests_are_skipped_and_say_why(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-p", "no:cacheprovider",
            "tests/browser/test_axe.py", "-k", "sign or login", "--maxfail=1",
        ],
        cwd=ROOT, capture_output=True, text=True,
        env={
            "PATH": str(tmp_path), "HOME": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path),
            **{name: os.environ[name] for name in ("LANG",) if name in os.environ},
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert "there is no Chromium here" in done.stdout
