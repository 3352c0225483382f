"""How each process starts: quickly, and with a sentence if a setting is bad."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.installation import of_this_machine
from tests.wanstudio.processes import ROOT

GUNICORN = ("-m", "gunicorn", "--bind", "127.0.0.1:0")
ENTRIES = {
    "check": ("manage.py", "check"),
    "migrate": ("manage.py", "migrate"),
    "studio": ("manage.py", "studio"),
    "worker": ("manage.py", "worker"),
    "cluster": ("manage.py", "worker", "--cluster", "--skip-checks"),
    "help": ("manage.py", "help"),
    "unknown": ("manage.py", "no_such_command"),
    "wsgi": ("-c", "import wanstudio.wsgi"),
    "gunicorn": (*GUNICORN, "--config", "python:wanstudio.gunicorn", "wanstudio.wsgi"),
}
SETTINGS = {
    "PORT": ("abc", "PORT must be a number, not 'abc'."),
    "WANSTUDIO_REVIEW": ("never", "WANSTUDIO_REVIEW must be one of off, after, before"),
    "TIME_ZONE": ("Mars", "TIME_ZONE must be a name like"),
    "REDIS_URL": ("redis://:canary#w0rd@h:6379/0", "REDIS_URL cannot be read as an address"),
}


def start(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = of_this_machine() | {"WANSTUDIO_ENV_FILE": "none", "SECRET_KEY": "k" * 50}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("name", SETTINGS)
def test_a_bad_setting_is_a_sentence_alone(entry: str, name: str) -> None:
    value, sentence = SETTINGS[name]
    done = start(*ENTRIES[entry], **{name: value})
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()  # gunicorn begins with a blank one and "Error: "
    assert line.removeprefix("Error: ").startswith(sentence)
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("gunicorn", "WEB_THREADS"),
        ("gunicorn", "WANSTUDIO_POOL"),
        ("studio", "WEB_THREADS"),
        ("studio", "WEB_CONCURRENCY"),  # gunicorn itself has a traceback, before it reads ours
    ],
)
def test_what_the_web_server_alone_reads_is_told_alike(entry: str, name: str) -> None:
    done = start(*ENTRIES[entry], **{name: "x"})
    assert done.returncode == 1
    assert done.stderr.strip().removeprefix("Error: ") == f"{name} must be a number, not 'x'."


def test_gunicorn_without_our_configuration_stops_too_instead_of_trying_for_ever() -> None:
    done = start(*GUNICORN, "wanstudio.wsgi", WANSTUDIO_REVIEW="never")
    assert done.returncode == 3
    assert done.stderr.count("WANSTUDIO_REVIEW must be one of") == 1
    assert "Traceback" not in done.stderr


STARTED = """
import gc, sys, wanstudio.wsgi
print(gc.isenabled(), gc.get_freeze_count() > 10_000, {"redis", "fido2"} & {*sys.modules})
"""


# `runserver` imports the application when the apps are ready, as the shell does here.
@pytest.mark.parametrize("entry", [("manage.py", "shell", "-v0", "-c"), ("-c",)])
def test_what_a_start_imports_stays_and_is_what_it_needs(entry: tuple[str, ...]) -> None:
    done = start(*entry, STARTED)
    assert done.stdout.split()[-3:] == ["True", "True", "set()"], done.stderr
