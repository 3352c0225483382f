"""A copy of the project in which nothing was started yet."""

import shutil

import pytest

from tests.wanstudio.processes import ROOT


@pytest.fixture
def fresh(tmp_path):
    """The settings where nothing was ever started."""
    shutil.copytree(ROOT / "wanstudio", tmp_path / "wanstudio")
    return tmp_path
