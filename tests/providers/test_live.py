"""One video from each real service that has a key in the environment. It is billed.

`DASHSCOPE_API_KEY=sk-... make live` asks for it; no other run does, whatever keys there are.
"""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.utils.module_loading import import_string

from generations import media
from generations.providers.base import (
    TEXT_TO_VIDEO,
    Provider,
    RemoteState,
    RemoteTask,
    VideoRequest,
)
from generations.providers.errors import ProviderUnavailableError
from tests.conftest import LIVE
from tests.emulator import Emulator
from tests.installation import ROOT
from wanstudio.provider_settings import BACKENDS, providers_from_env

PATIENCE = 20 * 60  # seconds


@pytest.fixture(params=BACKENDS)
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Provider:
    for name in [name for name in os.environ if name.startswith(LIVE)]:
        monkeypatch.setenv(name.removeprefix(LIVE), os.environ[name])
    entry = providers_from_env(500_000_000).get(request.param)
    if not entry:
        pytest.skip(f"{request.param.upper()}_API_KEY is not set")
    return import_string(entry["BACKEND"])(alias=request.param, **entry["OPTIONS"])


def ended(service: Provider, remote_id: str, model: str) -> RemoteTask:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(ProviderUnavailableError):
            task = service.poll(remote_id, model)
            if task.state not in (RemoteState.PENDING, RemoteState.RUNNING):
                return task
        time.sleep(service.poll_every)
    raise AssertionError(f"{service.alias} still works at {remote_id}")


@pytest.mark.live
def test_the_cheapest_video_is_asked_for_once_and_comes_home(
    service: Provider, tmp_path: Path
) -> None:
    model = next(model for model in service.models if model.mode == TEXT_TO_VIDEO)
    ask = VideoRequest(model=model.id, prompt="A paper boat on a pond", size="832x480", seed=1)
    remote_id = service.submit(ask, deadline=time.monotonic() + 30)
    print(f"{service.alias} accepted it as {remote_id}")
    task = ended(service, remote_id, model.id)
    assert task.state == RemoteState.SUCCEEDED, task
    video = tmp_path / "video.mp4"
    with video.open("wb") as file:
        service.download(task.video_url, file)
    facts = media.probe(video)
    assert (facts.width, facts.height, round(facts.seconds)) == (832, 480, 5)


def run_at(emulator: Emulator, *options: str) -> str:
    """How a run of this file ends for somebody whose keys are of the emulator."""
    line = [sys.executable, "-m", "pytest", "-q", "-k", "cheapest", *options, __file__]
    haste = {f"{alias.upper()}_POLL_EVERY": "0.2" for alias in BACKENDS}
    env = {**os.environ, **emulator.environment(), **haste}
    done = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    return done.stdout.splitlines()[-1]


def test_it_works_at_the_emulator_and_keys_reach_every_process(emulator: Emulator) -> None:
    assert run_at(emulator, "-m", "live", "-n", "1").startswith("4 passed")
    assert emulator.charged == 4


def test_no_other_run_pays_whatever_keys_there_are(emulator: Emulator) -> None:
    assert run_at(emulator).startswith("6 deselected")
    assert emulator.requests == []
