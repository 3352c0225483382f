"""Files from outside, opened in a process of its own: what they cost, and what they find there."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, get_ident
from typing import Any

import pytest
from PIL import Image

from generations import media
from generations.decoders.bounds import MEMORY
from generations.media import isolated
from tests.films import draw_film
from tests.memory import linux_alone
from tests.pictures import encoded
from tests.waiting import PATIENCE

limited = pytest.mark.skipif(sys.platform == "darwin", reason="macOS limits no memory")


@pytest.fixture(autouse=True)
def real_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "subprocess", subprocess)


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def bomb(path: Path) -> Path:
    """An MP4 of a few kilobytes whose fragment has 60 million samples, each of them by default."""
    film = draw_film(path, movflags="frag_keyframe+empty_moov+default_base_moof").read_bytes()
    at = film.index(b"trun") - 4
    size = int.from_bytes(film[at : at + 4], "big")
    trun = struct.pack(">II", 0, 60_000_000) + bytes(size - 16)
    path.write_bytes(film[:at] + box(b"trun", trun) + film[at + size :])
    return path


CHILDREN_PEAK = """
import resource, sys
from generations import media
try:
    media.probe(sys.argv[1])
except media.InvalidVideoError as error:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, error)
"""


@limited
@linux_alone
def test_a_fragment_of_endless_samples_costs_no_more_than_the_limit(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.mp4")
    assert path.stat().st_size < 50_000
    code = [sys.executable, "-c", CHILDREN_PEAK, str(path)]
    megabytes, _, why = subprocess.check_output(code, text=True, timeout=120).partition(" ")
    assert int(megabytes) * 1024 * 1024 < MEMORY
    assert "decoded" in why or "MB" in why
    with pytest.raises(media.InvalidVideoError):
        media.poster(path, tmp_path / "poster.webp")


def test_the_largest_pictures_are_opened_within_the_limits() -> None:
    phone = encoded(Image.effect_noise((4032, 3024), 50).convert("RGB"), "JPEG", quality=80)
    picture, before = media.shrink_picture(io.BytesIO(phone))
    assert ((picture.width, picture.height), before) == ((2000, 1500), (4032, 3024))
    largest = encoded(Image.effect_noise((2000, 2000), 50).convert("RGB"), "JPEG", quality=80)
    opened = media.check_picture(io.BytesIO(largest))
    assert (opened.width, opened.height) == (2000, 2000)
    assert media.small(opened, (400, 400))


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts other code in place of the jobs, behind the limits."""

    def put(code: str) -> None:
        script = tmp_path / "child.py"
        real = isolated.CHILD.read_text().replace("__file__", repr(str(REAL)))
        script.write_text(
            real.replace("    facts, made = answer(", f"    {code}\n    facts, made = answer(")
        )
        monkeypatch.setattr(isolated, "CHILD", script)

    return put


REAL = isolated.CHILD


@limited
def test_what_takes_too_much_memory_is_ended(child: Callable[[str], None]) -> None:
    child("bytearray(2 * 1024 ** 3)")
    with pytest.raises(isolated.CostlyError, match="more than 1073 MB"):
        isolated.run("check_picture", b"", seconds=60)


def test_what_takes_too_long_is_ended(
    child: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "PATIENCE", 60)
    child("while True: pass")
    with pytest.raises(isolated.CostlyError, match="more than 1 s of a processor"):
        isolated.run("check_picture", b"", seconds=1)


def test_what_waits_is_ended(child: Callable[[str], None]) -> None:
    child("import time; time.sleep(60)")
    with pytest.raises(isolated.CostlyError, match="more than 2 s"):
        isolated.run("check_picture", b"", seconds=1)


@pytest.mark.parametrize("code", ["import os; os.abort()", "1 / 0", "sys.exit(3)"])
def test_what_breaks_is_no_error_of_the_process_that_asked(
    child: Callable[[str], None], code: str
) -> None:
    child(code)
    with pytest.raises(isolated.CostlyError, match="failed"):
        isolated.run("check_picture", b"", seconds=60)
    with pytest.raises(media.InvalidImageError) as caught:
        media.check_picture(io.BytesIO())
    assert caught.value.code == "costly"


def test_a_decoder_that_is_taken_over_finds_no_key(
    child: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-secret")
    found = tmp_path / "found"
    child(f"import os; open({str(found)!r}, 'w').write(json.dumps(dict(os.environ)))")
    isolated.run("probe", seconds=60, path=str(draw_film(tmp_path / "film.mp4")))
    assert set(json.loads(found.read_text())) <= {*isolated.ENVIRONMENT, "LC_CTYPE"}


def test_a_child_imports_no_django(child: Callable[[str], None], tmp_path: Path) -> None:
    child("sys.modules['django'] = None")
    assert isolated.run("probe", seconds=60, path=str(draw_film(tmp_path / "film.mp4")))[0]


def test_few_files_are_open_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inside, most, pair = set(), [], Barrier(2, timeout=PATIENCE)
    real = subprocess.run

    def run(*args: Any, **kwargs: Any) -> Any:
        """Runs it as ever, once two are there and others had a moment to come in."""
        inside.add(get_ident())
        most.append(len(inside))
        pair.wait()
        Event().wait(0.05)
        inside.discard(get_ident())
        return real(*args, **kwargs)

    monkeypatch.setattr(subprocess, "run", run)
    film = draw_film(tmp_path / "film.mp4")
    with ThreadPoolExecutor(6) as people:
        list(people.map(lambda _: media.probe(film), range(6)))
    assert (len(most), max(most)) == (6, 2)
