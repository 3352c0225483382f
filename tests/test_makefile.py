"""`make` heals what stands around the code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installation import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not here")


@pytest.mark.parametrize(("program", "stays"), [("exec true", True), ("exec false", False)])
def test_an_environment_whose_python_is_gone_is_made_again(
    tmp_path: Path, program: str, stays: bool
) -> None:
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{program}\n")
    python.chmod(0o755)
    (tmp_path / ".venv/made-at").write_text(f"{tmp_path}\n")
    shutil.copy(ROOT / "Makefile", tmp_path)
    subprocess.run(["make", "help"], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert python.exists() == stays


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
