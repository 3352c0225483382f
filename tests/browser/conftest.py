"""A whole studio of its own (web, worker, sandbox) and a browser in front of it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.installation import migrate, of_this_machine

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "tests/vendor/axe-core/axe.min.js"
SYSTEM_BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
NAME, PASSWORD = "ada", "correct horse battery"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")


# What runs beside a studio and does to its rows what a test says, one line of JSON each way.
INSIDE = """
import contextlib, io, json, sys, traceback
import django
django.setup()
from django.contrib.auth.models import User
from generations.models import *
from tests.factory import make_generation
for line in sys.stdin:
    said, failed = io.StringIO(), ""
    names = globals() | {"me": User.objects.filter(username=%r).first()}
    try:
        with contextlib.redirect_stdout(said):
            exec(json.loads(line), names)
    except Exception:
        failed = traceback.format_exc()
    print(json.dumps([said.getvalue(), failed]), flush=True)
"""


@dataclass
class Studio:
    """A running studio: its address, its environment, its web process and its log."""

    url: str
    env: dict[str, str]
    web: subprocess.Popen[bytes]
    log: Path

    @cached_property
    def inside(self) -> subprocess.Popen[str]:
        line = [sys.executable, "-c", INSIDE % NAME]
        pipe = subprocess.PIPE
        return subprocess.Popen(line, cwd=ROOT, env=self.env, stdin=pipe, stdout=pipe, text=True)

    def run(self, code: str) -> str:
        """Execute Python inside it, with the models and the user `me` at hand."""
        assert self.inside.stdin and self.inside.stdout
        self.inside.stdin.write(json.dumps(code) + "\n")
        self.inside.stdin.flush()
        said, failed = json.loads(self.inside.stdout.readline())
        assert not failed, failed
        return said.strip()

    def restart_web(self) -> None:
        """Web alone goes and comes again, as at a deployment; the worker goes on."""
        self.web.terminate()
        self.web.wait(timeout=40)
        with self.log.open("a") as log:
            line = self.web.args
            self.web = subprocess.Popen(line, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        wait_for(f"{self.url}/healthz", self.log)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder: Path, port: int) -> dict[str, str]:
    return of_this_machine() | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
        "WANSTUDIO_ENV_FILE": "none",
        "DATABASE_URL": f"sqlite:///{folder}/studio.sqlite3",
        "MEDIA_ROOT": str(folder / "media"),
        "SECRET_KEY": "a-key-for-the-browser-tests-" * 3,
        "WANSTUDIO_SANDBOX_SECONDS": "2",
        "WANSTUDIO_RATE": "1000",
        "WANSTUDIO_WORKERS": "3",
        "WEB_CONCURRENCY": "1",
        "WEB_THREADS": "16",
        "PORT": str(port),
    }


@contextmanager
def running(folder: Path, **changes: str) -> Iterator[Studio]:
    """Web and worker of a studio with everything of its own; `changes` to its environment."""
    port = free_port()
    env = environment(folder, port) | changes
    python = [sys.executable]
    migrate(env)
    lines = (
        [*python, "-m", "gunicorn", "-c", "wanstudio/gunicorn.py", "wanstudio.wsgi"],
        [*python, "manage.py", "worker"],
    )
    with (folder / "log.txt").open("w") as log:
        web, worker = (
            subprocess.Popen(line, cwd=ROOT, env=env, stdout=log, stderr=log) for line in lines
        )
        studio = Studio(f"http://127.0.0.1:{port}", env, web, folder / "log.txt")
        try:
            wait_for(f"{studio.url}/healthz", studio.log)
            yield studio
        finally:
            for process in (studio.web, worker, studio.inside):
                process.terminate()
            for process in (studio.web, worker, studio.inside):
                process.wait(timeout=40)


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running(tmp_path_factory.mktemp("studio")) as started:
        yield started


def wait_for(url: str, log: Path) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.2)
    pytest.fail(f"the studio does not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def administrator(studio: Studio, browser: Any) -> dict[str, Any]:
    return first_run(studio, browser)


def first_run(studio: Studio, browser: Any) -> dict[str, Any]:
    """The first run, as a person does it; returns the cookies of the session."""
    page = browser.new_page()
    page.goto(f"{studio.url}/gallery/")
    assert page.url == f"{studio.url}/setup/"
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password confirmation").fill(PASSWORD)
    page.get_by_role("button", name="Make this account and begin").click()
    page.get_by_role("heading", name="Make a video").wait_for()
    state = page.context.storage_state()
    page.context.close()
    return state


@pytest.fixture(scope="session")
def films(studio: Studio, administrator: dict[str, Any], browser: Any) -> list[str]:
    """The pages of two real videos, made by the sandbox."""
    page = browser.new_page(storage_state=administrator, base_url=studio.url)
    page.goto("/")
    page.get_by_label("Size").select_option("832x480")
    for text in ("First take of a kite", "Second take of a kite"):
        page.get_by_label("Prompt", exact=True).fill(text)
        page.get_by_role("button", name="Generate").click()
        page.locator(".card", has_text=text).wait_for()
    cards = page.locator(".card[data-ended]", has_text="take of a kite")
    cards.nth(1).wait_for(timeout=60_000)
    found = [card.get_attribute("data-page") or "" for card in cards.all()]
    page.context.close()
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's Chromium where there is one."""
    found = next((path for path in SYSTEM_BROWSERS if Path(path).exists()), None)
    own = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **own, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def base_url(studio: Studio) -> str:
    return studio.url


@pytest.fixture
def browser_context_args(administrator: dict[str, Any], base_url: str) -> dict[str, Any]:
    return {"storage_state": administrator, "base_url": base_url, "locale": "en-GB"}


@pytest.fixture
def context(context: BrowserContext, base_url: str) -> Iterator[BrowserContext]:
    with blameless(context, base_url):
        yield context


@contextmanager
def blameless(context: BrowserContext, url: str) -> Iterator[None]:
    """Fails on what a studio must never do: ask another host, break the policy."""
    complaints: list[str] = []

    def asked(request: Any) -> None:
        if not request.url.startswith((url, "data:", "blob:")):
            complaints.append(f"asked another host: {request.url}")

    def said(message: Any) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    context.on("request", asked)
    context.on("console", said)
    context.on("weberror", lambda error: complaints.append(f"script error: {error.error}"))
    context.set_default_timeout(15_000)
    yield
    assert complaints == []


def axe(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds on the page as it stands; `rules` are the only ones asked, if given."""
    page.evaluate(AXE.read_text())
    kind = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": AXE_TAGS}
    # Of rules that are kept, axe need not describe every element.
    options = {"runOnly": kind, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
