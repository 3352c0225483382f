"""The process that opens files from outside: what it is asked, and what it answers."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from generations.media.isolated import CHILD
from tests.films import draw_film


def asked(job: str, content: bytes = b"", **arguments: Any) -> tuple[int, bytes]:
    """The exit code, and what stands on the output."""
    head = json.dumps({"seconds": 10, "arguments": arguments}).encode()
    ran = subprocess.run(
        [sys.executable, "-I", str(CHILD), job],
        input=head + b"\n" + content,
        capture_output=True,
        timeout=240,
        env={},
    )
    return ran.returncode, ran.stdout


@pytest.fixture
def film(tmp_path: Path) -> str:
    return str(draw_film(tmp_path / "film.mp4", frames=15))


def test_facts_are_one_line_of_json(film: str) -> None:
    code, answer = asked("probe", path=film)
    facts, newline, rest = answer.partition(b"\n")
    assert (code, newline, rest) == (0, b"\n", b"")
    assert json.loads(facts)["facts"]["frames"] == 15


def test_the_bytes_of_a_file_follow_the_facts(film: str) -> None:
    code, answer = asked("frame", path=film, at=None)
    assert code == 0 and answer.partition(b"\n")[2].startswith(b"\x89PNG")


def test_a_file_is_made_where_it_was_asked_for(film: str, tmp_path: Path) -> None:
    target = tmp_path / "film.webp"
    assert asked("animation", paths=[film], target=str(target))[0] == 0
    assert target.read_bytes()[8:12] == b"WEBP"


def test_a_refusal_is_an_answer() -> None:
    code, answer = asked("check_picture", b"no picture, but\na text of two lines")
    assert code == 0 and json.loads(answer)["refused"][0] == "not_an_image"


@pytest.mark.parametrize("job", ["no_such_job", "probe"])
def test_any_other_failure_is_an_exit_code_without_an_answer(job: str) -> None:
    code, answer = asked(job)
    assert code == 1 and answer == b""
