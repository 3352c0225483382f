"""The stand-in: ids that tell everything, films of the right size, and every way to end."""

import hashlib
import io
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from generations import media
from generations.providers.base import SEED_MAX, RemoteState, SourceImage, VideoRequest
from generations.providers.errors import (
    DownloadError,
    ErrorCode,
    ProviderUnavailableError,
    RequestRejectedError,
)
from generations.providers.sandbox import KEPT_FOR, Sandbox
from tests.films import still

NOON = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(tmp_path: Path, clock: Clock) -> Sandbox:
    return Sandbox(alias="sandbox", seconds=10, pictures=tmp_path / "pictures", clock=clock)


def request_for(prompt: str = "a cat on the moon", **changes: object) -> VideoRequest:
    values = {"model": "sandbox-t2v", "prompt": prompt, "size": "480x832", "seed": 7} | changes
    return VideoRequest(**values)


def submit(sandbox: Sandbox, **changes: object) -> str:
    return sandbox.submit(request_for(**changes), deadline=time.monotonic() + 60)


def film_of(sandbox: Sandbox, remote_id: str, tmp_path: Path) -> Path:
    file = io.BytesIO()
    sandbox.download(f"sandbox:{remote_id}", file)
    path = tmp_path / f"{hashlib.sha256(file.getvalue()).hexdigest()[:8]}.mp4"
    path.write_bytes(file.getvalue())
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of `request_for()`, drawn once for all who only look."""
    folder = tmp_path_factory.mktemp("film")
    sandbox = Sandbox(alias="sandbox", seconds=10, pictures=folder / "pictures", clock=Clock())
    return film_of(sandbox, submit(sandbox), folder)


def picture(size: tuple[int, int] = (1000, 700), colour: str = "orange") -> SourceImage:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return SourceImage(content=file.getvalue(), content_type="image/png")


# From ask to end


def test_it_waits_works_and_is_done(sandbox: Sandbox, clock: Clock) -> None:
    remote_id = submit(sandbox)
    seen = []
    for seconds in (0, 1, 3, 5, 9.9, 10, 3600):
        clock.now = NOON + seconds
        task = sandbox.poll(remote_id, "sandbox-t2v")
        seen.append((task.state, task.progress))
    assert seen == [
        (RemoteState.PENDING, None),
        (RemoteState.PENDING, None),
        (RemoteState.RUNNING, 30),
        (RemoteState.RUNNING, 50),
        (RemoteState.RUNNING, 99),
        (RemoteState.SUCCEEDED, 100),
        (RemoteState.SUCCEEDED, 100),
    ]


def test_what_it_tells_at_the_end(sandbox: Sandbox, clock: Clock) -> None:
    remote_id = submit(sandbox)
    clock.now += 10
    task = sandbox.poll(remote_id, "sandbox-t2v")
    assert task.video_url == f"sandbox:{remote_id}"
    assert task.provider_data == {
        "cost": "0",
        "seed": 7,
        "queued_at": "2027-01-15T08:00:00+00:00",
        "started_at": "2027-01-15T08:00:02+00:00",
        "ended_at": "2027-01-15T08:00:10+00:00",
    }


def test_another_process_knows_as_much(sandbox: Sandbox, clock: Clock, tmp_path: Path) -> None:
    remote_id = submit(sandbox)
    clock.now += 10
    other = Sandbox(alias="sandbox", seconds=10, pictures=tmp_path / "elsewhere", clock=clock)
    assert other.poll(remote_id, "") == sandbox.poll(remote_id, "")


def test_the_prompt_can_ask_to_be_refused(sandbox: Sandbox) -> None:
    with pytest.raises(RequestRejectedError) as refusal:
        submit(sandbox, prompt="a cat [refuse]")
    assert refusal.value.code == ErrorCode.CONTENT


def test_the_prompt_can_ask_to_fail(sandbox: Sandbox, clock: Clock) -> None:
    remote_id = submit(sandbox, prompt="a cat [fail]")
    clock.now += 9
    assert sandbox.poll(remote_id, "").state == RemoteState.RUNNING
    clock.now += 1
    task = sandbox.poll(remote_id, "")
    assert (task.state, task.error_code) == (RemoteState.FAILED, ErrorCode.CONTENT)
    assert task.video_url == ""


def test_the_prompt_can_ask_for_ten_times_as_long(sandbox: Sandbox, clock: Clock) -> None:
    remote_id = submit(sandbox, prompt="a cat [slow]")
    clock.now += 99
    assert sandbox.poll(remote_id, "").state == RemoteState.RUNNING
    clock.now += 1
    assert sandbox.poll(remote_id, "").state == RemoteState.SUCCEEDED


@pytest.mark.parametrize(
    "changes",
    [
        {"size": "720P"},
        {"size": "1x1"},
        {"model": "wan2.2-t2v-plus"},
        {"seed": -1},
        {"seed": SEED_MAX + 1},
        {"model": "sandbox-i2v", "size": "720P"},
        {"model": "sandbox-i2v", "size": "832x480", "image": SourceImage(url="https://x.org/a")},
    ],
)
def test_what_the_models_do_not_take_is_refused(sandbox: Sandbox, changes: dict) -> None:
    with pytest.raises(RequestRejectedError):
        submit(sandbox, **changes)


def test_nothing_is_begun_after_the_deadline(sandbox: Sandbox) -> None:
    with pytest.raises(ProviderUnavailableError):
        sandbox.submit(request_for(), deadline=time.monotonic() - 1)


# Ids


def test_ids_are_short_plain_and_never_the_same_twice(sandbox: Sandbox) -> None:
    ids = {submit(sandbox, prompt="一只猫" * 200, seed=SEED_MAX) for _ in range(50)}
    assert len(ids) == 50
    assert all(len(one) <= 200 and one.isascii() for one in ids)
    assert all(set(one) <= set("0123456789abcdefghijklmnopqrstuvwxyz-") for one in ids)


def test_a_blank_seed_is_drawn_once_and_kept_in_the_id(sandbox: Sandbox, clock: Clock) -> None:
    ids = [submit(sandbox, seed=None) for _ in range(8)]
    clock.now += 10
    seeds = {sandbox.poll(one, "").provider_data["seed"] for one in ids}
    assert len(seeds) > 1
    assert all(0 <= seed <= SEED_MAX for seed in seeds)


def test_seed_0_is_a_seed(sandbox: Sandbox, clock: Clock) -> None:
    remote_id = submit(sandbox, seed=0)
    clock.now += 10
    assert sandbox.poll(remote_id, "").provider_data["seed"] == 0


@pytest.mark.parametrize("garbage", ["", "x", "../../etc/passwd", "1" * 300, "一只猫", "sandbox:x"])
def test_an_id_that_is_not_ours_is_gone(sandbox: Sandbox, garbage: str) -> None:
    assert sandbox.poll(garbage, "sandbox-t2v").state == RemoteState.GONE
    with pytest.raises(DownloadError) as failure:
        sandbox.download(f"sandbox:{garbage}", io.BytesIO())
    assert failure.value.code == ErrorCode.SAVE


def test_an_id_is_forgotten_after_a_day(sandbox: Sandbox, clock: Clock) -> None:
    remote_id = submit(sandbox)
    clock.now += KEPT_FOR - 1
    assert sandbox.poll(remote_id, "").state == RemoteState.SUCCEEDED
    clock.now += 1
    assert sandbox.poll(remote_id, "").state == RemoteState.GONE
    with pytest.raises(DownloadError) as failure:
        sandbox.download(f"sandbox:{remote_id}", io.BytesIO())
    assert failure.value.code == ErrorCode.SAVE


def test_a_clock_that_was_set_back_loses_nothing(sandbox: Sandbox, clock: Clock) -> None:
    remote_id = submit(sandbox)
    clock.now -= 3600
    assert sandbox.poll(remote_id, "").state == RemoteState.PENDING


# Films


def test_the_same_ask_and_seed_give_the_same_bytes(
    sandbox: Sandbox, film: Path, tmp_path: Path
) -> None:
    again = film_of(sandbox, submit(sandbox), tmp_path)
    assert again.read_bytes() == film.read_bytes()


@pytest.mark.parametrize(
    "changes", [{"seed": 8}, {"prompt": "a dog"}, {"negative_prompt": "fog"}, {"watermark": True}]
)
def test_another_ask_gives_another_film(
    sandbox: Sandbox, film: Path, changes: dict, tmp_path: Path
) -> None:
    other = film_of(sandbox, submit(sandbox, **changes), tmp_path)
    assert other.read_bytes() != film.read_bytes()


def test_the_lease_can_be_renewed_and_lost_while_drawing(sandbox: Sandbox) -> None:
    calls: list[int] = []
    url = f"sandbox:{submit(sandbox)}"
    sandbox.download(url, io.BytesIO(), on_chunk=lambda: calls.append(1))
    assert len(calls) >= 3

    def lost() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sandbox.download(url, io.BytesIO(), on_chunk=lost)


# From a picture


def test_a_film_shows_its_picture(sandbox: Sandbox, tmp_path: Path) -> None:
    remote_id = submit(sandbox, model="sandbox-i2v", size="480P", image=picture(colour="#c03020"))
    red, green, blue = still(film_of(sandbox, remote_id, tmp_path)).getpixel((400, 300))
    assert (red, green, blue) == pytest.approx((0xC0, 0x30, 0x20), abs=8)


def test_a_picture_by_address_is_never_fetched(sandbox: Sandbox, tmp_path: Path) -> None:
    image = SourceImage(url="http://127.0.0.1:9/never.png")
    remote_id = submit(sandbox, model="sandbox-i2v", size="480P", image=image)
    assert media.probe(film_of(sandbox, remote_id, tmp_path)).frames == 150
    assert not sandbox.pictures.exists()


def test_pictures_are_kept_for_a_day(sandbox: Sandbox) -> None:
    ask = {"model": "sandbox-i2v", "size": "480P", "image": picture()}
    old, new = submit(sandbox, **ask), submit(sandbox, **ask)
    os.utime(sandbox.pictures / old, times=(time.time() - KEPT_FOR - 60,) * 2)
    newest = submit(sandbox, **ask)
    assert {path.name for path in sandbox.pictures.iterdir()} == {new, newest}
