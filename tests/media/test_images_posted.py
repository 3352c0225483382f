"""Hostile pictures through the real form: each accepted or refused with a sentence, at little cost.

They are posted in a process of its own, so that its memory is that of the form alone.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import ROOT, environment
from tests.decoders.test_images import EXTRAS
from tests.installation import migrate
from tests.media.test_images import REFUSED
from tests.memory import linux_alone
from tests.pictures import PLAIN

POST = """
import json, sys
from pathlib import Path
from uuid import uuid4
import django
django.setup()
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.utils import setup_test_environment
from generations.models import Generation
from generations.creation.catalog import model_choices
from tests.memory import peak

setup_test_environment()
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.create_user("owner"))
model = next(offer.value for offer in model_choices() if offer.model.needs_image)

def post(content):
    ask = {"id": uuid4(), "model": model, "prompt": "It snows", "resolution": "480P",
           "image": SimpleUploadedFile("fox.jpg", content, "image/jpeg")}
    before = peak()
    answer = client.post("/", ask)
    row = Generation.objects.filter(pk=ask["id"]).first()
    form = (answer.context or {}).get("form") if row is None else None
    return {"status": answer.status_code, "row": row is not None,
            "says": [str(line) for line in form.errors.get("image", [])] if form else [],
            "grown": peak() - before}

folder = Path(sys.argv[1])
post((folder / "warm").read_bytes())
pictures = sorted(folder.glob("picture-*"))
print(json.dumps({path.name: post(path.read_bytes()) for path in pictures}))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the form said to each picture, by the picture's name in `test_pictures`."""
    folder = tmp_path_factory.mktemp("posted")
    hostile = {name: make for name, (_, make) in REFUSED.items()}
    pictures = {**hostile, **PLAIN, **EXTRAS}  # a page that refuses shows the rows so far
    for number, make in enumerate(pictures.values()):
        (folder / f"picture-{number:03}").write_bytes(make())
    (folder / "warm").write_bytes(PLAIN["jpeg"]())
    said = json.loads(run(folder).splitlines()[-1])
    return dict(zip(pictures, (said[name] for name in sorted(said)), strict=True))


def run(folder: Path) -> str:
    env = environment(folder, 0)
    migrate(env)
    line = [sys.executable, "-c", POST, str(folder)]
    done = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_many_of_them(answers: dict[str, Any]) -> None:
    assert len(answers) >= 80


def test_what_may_be_sent_becomes_a_row(answers: dict[str, Any]) -> None:
    for name in (*PLAIN, *EXTRAS):
        said = answers[name]
        assert (name, said["status"], said["row"]) == (name, 302, True)


def test_what_may_not_is_refused_with_a_sentence_and_no_row(answers: dict[str, Any]) -> None:
    for name in REFUSED:
        said = answers[name]
        assert (name, said["status"], said["row"]) == (name, 200, False)
        [sentence] = said["says"]
        assert sentence.endswith(".")


@linux_alone
def test_no_picture_costs_much_memory(answers: dict[str, Any]) -> None:
    assert sum(said["grown"] for said in answers.values()) < 150
