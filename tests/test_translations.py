"""Nothing is said in one language only, and the compiled catalogue is what the sources say."""

import gettext
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installation import of_this_machine

ROOT = Path(__file__).resolve().parent.parent
MESSAGES = Path("generations/locale/zh_Hans/LC_MESSAGES")
PARTS = ("generations", "templates", "wanstudio")
COMMAND = (
    "makemessages", "-l", "zh_Hans", "--no-obsolete", "--no-wrap", "--add-location", "file",
)  # fmt: skip

needs_gettext = pytest.mark.skipif(
    shutil.which("msgattrib") is None or shutil.which("xgettext") is None,
    reason="gettext is not installed here; the compiled catalogue is used as it is",
)


def sentences(path):
    with path.open("rb") as file:
        said = dict(gettext.GNUTranslations(file)._catalog)
    said.pop("")
    return said


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The catalogue as the sources would have it now, in a copy of the tree."""
    copy = tmp_path_factory.mktemp("sources")
    for part in PARTS:
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", copy)
    environment = of_this_machine() | {
        "WANSTUDIO_ENV_FILE": "none",
        "SECRET_KEY": "for-this-test-alone-" * 3,
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *COMMAND],
        cwd=copy, env=environment, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return copy / MESSAGES / "django.po"


def only(kind, path):
    """The msgids of `path` that `msgattrib` picks, without the header."""
    command = ["msgattrib", kind, "--no-wrap", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    ids = [line for line in done.stdout.splitlines() if line.startswith("msgid ")]
    return [line for line in ids if line != 'msgid ""']


@needs_gettext
def test_every_sentence_of_the_sources_has_its_translation(found):
    assert only("--untranslated", found) == []
    assert only("--only-fuzzy", found) == []


@needs_gettext
def test_the_compiled_catalogue_is_fresh(found, tmp_path):
    compiled = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "--check", "-o", str(compiled), str(found)], check=True)
    assert sentences(ROOT / MESSAGES / "django.mo") == sentences(compiled)


def test_no_translation_is_empty_or_forgets_a_place_holder():
    for said, translated in sentences(ROOT / MESSAGES / "django.mo").items():
        source = said[0] if isinstance(said, tuple) else said
        assert translated.strip(), source
        for name in ("%(", "%n%", "%limit%", "%over%", "%w%", "%h%", "%price%"):
            if isinstance(said, str):
                assert source.count(name) == translated.count(name), source
