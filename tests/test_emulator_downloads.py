"""The videos are true ones, and every fault of a download does what its name says."""

from __future__ import annotations

import io

import av
import pytest
import requests

from tests.emulator import Emulator, calls, presets, wan
from tests.emulator.calls import KEY, Outcome, made, outcome, poll, result_url
from tests.emulator.videos import video


def fetched(emulator: Emulator, **headers: str) -> Outcome:
    return fetch(result_url(emulator, made(emulator)), **headers)


def fetch(url: str, **headers: str) -> Outcome:
    return outcome("GET", url, headers={"Accept-Encoding": "identity", **headers})


DOWNLOADS = {
    "403": 403,
    "404": 404,
    "429": 429,
    "500": 500,
    "503": 503,
    "truncated": "broken",
    "length too long": "broken",
    "oversize told": "broken",
    "206": 206,
    "early hints": 103,  # other clients take the first answer for the answer
    "gzip in name only": "broken",
    "hang": "timeout",
    "reset": "broken",
    "reset in body": "broken",
}


@pytest.mark.parametrize("name", [name for name in presets.DOWNLOAD if name != "oversize"])
def test_a_bad_download_looks_as_told(
    emulator: Emulator, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = emulator.fail("download", name, every=0)
    url = result_url(emulator, made(emulator))
    if name == "hang":
        monkeypatch.setattr(calls, "TIMEOUT", 0.5)
    seen = fetch(url)
    expected = DOWNLOADS.get(name, 302 if "redirect" in name else 200)
    assert (seen.status_code if isinstance(seen, requests.Response) else seen) == expected
    if "redirect" in name and isinstance(seen, requests.Response):
        assert fault.headers["Location"] in seen.headers["location"]


def test_a_truncated_file_without_length_looks_complete(emulator: Emulator) -> None:
    emulator.fail("download", "no length truncated")
    seen = fetched(emulator)
    assert isinstance(seen, requests.Response)
    whole = emulator.content(next(iter(emulator.tasks)))
    assert "content-length" not in seen.headers
    assert whole.startswith(seen.content) and len(seen.content) == len(whole) // 2


def test_a_gzip_bomb_swells_a_thousandfold(emulator: Emulator) -> None:
    emulator.fail("download", "gzip bomb")
    seen = fetched(emulator)
    assert isinstance(seen, requests.Response)
    assert int(seen.headers["content-length"]) < 100_000
    assert len(seen.content) == 50 * 1024 * 1024


def test_an_endless_video_ends_when_the_reader_has_enough(emulator: Emulator) -> None:
    emulator.fail("download", "oversize")
    url = result_url(emulator, made(emulator))
    with requests.get(url, stream=True, timeout=60) as answer:
        pieces = answer.iter_content(1024 * 1024)
        assert sum(len(next(pieces)) for _ in range(20)) > 19_000_000
    assert isinstance(poll(emulator, next(iter(emulator.tasks))), requests.Response)


def test_a_redirect_loop_leads_back_to_itself(emulator: Emulator) -> None:
    emulator.fail("download", "redirect loop")
    with pytest.raises(requests.TooManyRedirects):
        requests.get(result_url(emulator, made(emulator)), timeout=60)


def test_a_result_refuses_a_key(emulator: Emulator) -> None:
    seen = fetched(emulator, **KEY)
    assert isinstance(seen, requests.Response) and seen.status_code == 400


def test_a_result_url_dies_and_cannot_be_forged(emulator: Emulator) -> None:
    url = result_url(emulator, made(emulator))
    forged = url.replace("Expires=", "Expires=9")
    assert requests.get(url, timeout=60).status_code == 200
    assert requests.get(forged, timeout=60).status_code == 403
    emulator.advance(24 * 60 * 60 + 5)
    assert requests.get(url, timeout=60).status_code == 403


@pytest.mark.parametrize("size", wan.SIZES)
def test_every_size_is_a_true_video_of_five_seconds(size: str) -> None:
    content = video(size.replace("*", "x"), faststart=True, mark="one")
    with av.open(io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        frames = sum(1 for _ in container.decode(stream))
    assert (stream.codec_context.name, frames, stream.average_rate) == ("h264", 150, 30)
    assert f"{stream.width}*{stream.height}" == size


def test_two_tasks_have_two_files_and_the_index_lies_where_asked() -> None:
    first, second = (video("624x624", faststart=True, mark=mark) for mark in ("one", "two"))
    last = video("624x624", faststart=False, mark="one")
    assert first != second
    assert first.index(b"moov") < first.index(b"mdat")
    assert last.index(b"mdat") < last.index(b"moov")
