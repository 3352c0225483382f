"""The whole way of a generation, over real HTTP: asked for, sent, watched, brought home."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generations.models import BillingState, Generation
from generations.sizes import TEXT_SIZES
from tests.emulator import Emulator
from tests.factory import content_of
from tests.films import draw_film
from tests.tasks.conftest import Workers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("size", TEXT_SIZES)
def test_each_size_is_sent_once_as_documented_and_comes_home_whole(
    size: str, service: Emulator, ask: Callable[..., Generation], workers: Workers, tmp_path: Path
) -> None:
    width, height = (int(side) for side in size.split("x"))
    film = draw_film(tmp_path / "film.mp4", size=(width, height), frames=5, fps=1)
    service.settings.video = str(film)
    row = ask("a paper boat", negative_prompt="blurry", size=size, seed=0, watermark=False)
    workers.until_ended()
    row.refresh_from_db()

    [create] = service.creates
    assert create.path == "/api/v1/services/aigc/video-generation/video-synthesis"
    assert create.body == {
        "model": "wan2.2-t2v-plus",
        "input": {"prompt": "a paper boat", "negative_prompt": "blurry"},
        "parameters": {
            "size": size.replace("x", "*"),
            "prompt_extend": True,
            "watermark": False,
            "seed": 0,
        },
    }
    assert create.headers["x-dashscope-async"] == "enable"
    assert create.headers["authorization"] == f"Bearer {service.options()['api_key']}"
    assert row.status == "succeeded"
    assert f"{row.width}x{row.height}" == size
    stored = content_of(row.video.name)
    assert stored == service.content(row.remote_id)
    assert row.sha256 == hashlib.sha256(stored).hexdigest()
    assert row.bytes == len(stored)
    assert content_of(row.poster.name)[8:12] == b"WEBP"


def test_the_way_is_written_down(
    service: Emulator, ask: Callable[..., Generation], workers: Workers, owner: Any
) -> None:
    row = ask("a paper boat")
    workers.until_ended()

    events = list(row.events.values_list("kind", "by"))
    steps = ["submitting", "running", "storing", "succeeded"]
    assert events == [("queued", owner.pk), *((step, None) for step in steps)]
    row.refresh_from_db()
    assert row.billed == BillingState.YES
    assert row.endpoint == service.base_url
    assert row.provider_data["orig_prompt"] == "a paper boat"
    assert row.provider_data["actual_prompt"]


def test_what_is_left_blank_is_not_sent_and_what_is_off_is(
    service: Emulator, ask: Callable[..., Generation], workers: Workers
) -> None:
    ask("a paper boat", prompt_extend=False)
    workers.until_ended()

    body = service.creates[0].body
    assert body["input"] == {"prompt": "a paper boat"}
    assert body["parameters"] == {"size": "832*480", "prompt_extend": False, "watermark": False}


def test_of_801_characters_800_are_sent_and_all_are_kept(
    service: Emulator, ask: Callable[..., Generation], workers: Workers
) -> None:
    typed = "猫" * 799 + "🐈" + "x"
    row = ask(typed)
    workers.until_ended()

    assert service.creates[0].body["input"]["prompt"] == typed[:800]
    row.refresh_from_db()
    assert row.prompt == typed


def test_forty_at_once_are_each_sent_once(
    service: Emulator, ask: Callable[..., Generation], workers: Workers
) -> None:
    for number in range(40):
        ask(f"boat {number}")
    workers.until_ended()

    assert len(service.creates) == service.charged == 40
    assert {row.status for row in Generation.objects.all()} == {"succeeded"}
    assert not workers.failures


def test_a_file_with_its_index_at_the_end_is_stored_ready_to_stream(
    settings: Any, ask: Callable[..., Generation], service: Emulator, workers: Workers
) -> None:
    service.settings.faststart = False
    row = ask("a paper boat")
    workers.until_ended()
    row.refresh_from_db()

    stored = content_of(row.video.name)
    given = service.content(row.remote_id)
    assert given.index(b"moov") > given.index(b"mdat")
    assert stored.index(b"moov") < stored.index(b"mdat")


def test_answers_in_the_shape_of_a_relay_bring_it_home_all_the_same(
    ask: Callable[..., Generation], service: Emulator, workers: Workers
) -> None:
    service.fail("create", "accepted after early hints")
    service.fail("poll", "task_not_exist")
    service.fail("poll", "relay wrapped", times=None)
    service.fail("download", "aws-chunked")
    row = ask("a paper boat")
    workers.until_ended()
    row.refresh_from_db()

    assert row.status == "succeeded"
    assert content_of(row.video.name) == service.content(row.remote_id)
    assert len(service.creates) == service.charged == 1
    assert not workers.failures
