"""Takes, several prompts, continuations and pictures send the documented keys, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from generations.models import Generation
from generations.providers import providers
from generations.providers.base import VideoModel
from generations.tasks.submit import submit_queued
from tests.emulator import Emulator
from tests.forms.posting import picture, posted, saved
from tests.tasks.conftest import QUICK

pytestmark = pytest.mark.django_db

ADAPTERS = {
    "dashscope": "DashScope", "mulerouter": "MuleRouter", "vtrix": "Vtrix", "relay": "Relay",
}  # fmt: skip
TUNING = {"prompt_extend", "watermark", "seed"}
DASHSCOPE = {"input.prompt", "input.negative_prompt"} | {f"parameters.{name}" for name in TUNING}
VTRIX = DASHSCOPE | {"parameters.duration"}
MULEROUTER = {"prompt", "negative_prompt", "duration", "prompt_extend", "seed"}


def wrapped(keys: set[str]) -> set[str]:
    return {"model", *(f"input.params.{key}" for key in keys)}


# What the services' own pages name, for videos from text and from a picture.
DOCUMENTED = {
    "dashscope": (
        {"model", "parameters.size", *DASHSCOPE},
        {"model", "parameters.resolution", "input.img_url", *DASHSCOPE},
    ),
    "mulerouter": (MULEROUTER | {"size"}, MULEROUTER | {"resolution", "image"}),
    "vtrix": (
        wrapped(VTRIX | {"parameters.size"}),
        wrapped(VTRIX | {"parameters.resolution", "input.img_url"}),
    ),
    "relay": (
        {"model", "prompt", "negative_prompt", "size", *TUNING},
        {"model", "prompt", "images", "resolution"},
    ),
}


@pytest.fixture
def service(settings: Any) -> Iterator[Emulator]:
    with Emulator() as emulator:
        options = {**emulator.options(), **QUICK}
        settings.PROVIDERS = {
            alias: {"BACKEND": f"generations.providers.{alias}.{name}", "OPTIONS": options}
            for alias, name in ADAPTERS.items()
        }
        yield emulator


def model_of(alias: str, needs_image: bool) -> VideoModel:
    return next(one for one in providers[alias].models if one.needs_image == needs_image)


def keys(body: Any) -> set[str]:
    """Every key of a body by its path, as `input.prompt`; lists have no step of their own."""
    if isinstance(body, list):
        return {key for one in body for key in keys(one)}
    if not isinstance(body, dict):
        return set()
    return {
        f"{name}.{rest}".rstrip(".") for name, value in body.items() for rest in keys(value) or {""}
    }


def send(service: Emulator) -> list[set[str]]:
    """The keys of what leaves for every row that waits."""
    for row in Generation.objects.filter(status="queued"):
        submit_queued(row.provider, row.model)
    return [keys(seen.body) for seen in service.creates]


@pytest.mark.parametrize("alias", ADAPTERS)
def test_takes_of_several_prompts_send_what_one_video_sends(
    alias: str, service: Emulator, owner: User
) -> None:
    model = f"{alias}/{model_of(alias, needs_image=False).id}"
    form = posted(owner, model=model, several="on", prompt="A {red|blue} boat", takes="2", seed="7")
    assert form.is_valid(), form.errors
    assert form.save()

    sent = send(service)

    assert len(sent) == 4
    assert set().union(*sent) <= DOCUMENTED[alias][0]
    assert [seen.raw.decode().count("boat") for seen in service.creates] == [1] * 4


@pytest.mark.parametrize("alias", ADAPTERS)
def test_takes_of_a_continuation_send_what_a_video_from_a_picture_sends(
    alias: str, service: Emulator, owner: User, make_generation: Any
) -> None:
    film = make_generation("succeeded", owner=owner, provider=alias, prompt="A boat")
    model = f"{alias}/{model_of(alias, needs_image=True).id}"
    typed = {"model": model, "size": None, "prompt_extend": None}
    first = saved(owner, {"image": picture()}, **typed)
    kept = posted(owner).from_row(first, owner)["kept_image"].value()
    ask = {"origin": f"continuation:{film.pk}", "kept_image": kept, "takes": "2"}
    continued = saved(owner, **typed, **ask)
    assert continued.origin_kind == "continuation"

    sent = send(service)

    assert len(sent) == 3
    assert set().union(*sent) <= DOCUMENTED[alias][1]
    assert str(film.pk) not in "".join(seen.raw.decode() for seen in service.creates)
