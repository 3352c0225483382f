"""A whole studio of its own (web, worker, sandbox) and a browser in front of it."""

from __future__ import annotations

import socket
import subprocess
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
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.django_shell import DjangoShell
from tests.installation import migrate, of_this_machine
from tests.python_process import PythonProcess
from tests.waiting import PATIENCE

from .contexts import Contexts

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "tests/vendor/axe-core/axe.min.js"
WEB = ("-m", "gunicorn", "-c", "wanstudio/gunicorn.py", "wanstudio.wsgi")
WORKER = ("manage.py", "worker", "--skip-checks")
NAME, PASSWORD = "ada", "correct horse battery"
SLOWEST = 60_000  # milliseconds that a page may take on a machine with much else to do
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

expect.set_options(timeout=SLOWEST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")


@dataclass
class Studio:
    """A running studio: its address, its environment, its web process and its log."""

    url: str
    env: dict[str, str]
    web: subprocess.Popen[bytes]
    log: Path

    @cached_property
    def shell(self) -> DjangoShell:
        return DjangoShell(self.env)

    def run(self, code: str) -> str:
        """Execute Python inside it, with the models and the user `me` at hand."""
        return self.shell.run(f"me = User.objects.filter(username={NAME!r}).first()\n{code}")

    def restart_web(self) -> None:
        """Web alone goes and comes again, as at a deployment; the worker goes on."""
        self.web.terminate()
        self.web.wait(timeout=120)
        with self.log.open("a") as log:
            self.web = PythonProcess(WEB, cwd=ROOT, env=self.env, stdout=log, stderr=log)
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
        "TESTS_FORK_FILES": "yes",
    }


@contextmanager
def running(folder: Path, **changes: str) -> Iterator[Studio]:
    """Web and worker of a studio with everything of its own; `changes` to its environment."""
    port = free_port()
    env = environment(folder, port) | changes
    migrate(env)
    with (folder / "log.txt").open("w") as log:
        web, worker = (
            PythonProcess(line, cwd=ROOT, env=env, stdout=log, stderr=log) for line in (WEB, WORKER)
        )
        studio = Studio(f"http://127.0.0.1:{port}", env, web, folder / "log.txt")
        try:
            wait_for(f"{studio.url}/healthz", studio.log)
            yield studio
        finally:
            for process in (studio.web, worker):
                process.terminate()
            for process in (studio.web, worker):
                process.wait(timeout=120)
            if "shell" in vars(studio):
                studio.shell.close()


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running(tmp_path_factory.mktemp("studio")) as started:
        yield started


def wait_for(url: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
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
    cookies = page.context.cookies()
    page.context.close()
    return {"cookies": cookies}  # nothing else: Playwright opens a page to write what was kept


MAKE_FILMS = """
from pathlib import Path
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from generations import media
from tests.films import draw_film
file = draw_film(Path({folder!r}, "kite.mp4"), size=(832, 480), frames=50, fps=10)
still = ContentFile(media.poster(file, file.with_suffix(".webp")))
for take in ("First", "Second"):
    row = make_generation("succeeded", owner=me, model="sandbox-t2v", content=file.read_bytes(),
                          prompt=take + " take of a kite",
                          poster=default_storage.save("posters/kite.webp", still))
    print(f"/v/{{row.pk}}/")
"""


@pytest.fixture(scope="session")
def films(
    studio: Studio, administrator: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """The pages of two videos of five seconds. Ten frames a second are decoded for less."""
    folder = str(tmp_path_factory.mktemp("films"))
    return studio.run(MAKE_FILMS.format(folder=folder)).split()


@pytest.fixture(autouse=True)
def nothing_under_way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nobody waits for a video that a test has sent and left: it is not made for nothing."""
    yield
    is_picture = request.node.get_closest_marker("screenshots")
    if "studio" in request.fixturenames and not is_picture:
        studio: Studio = request.getfixturevalue("studio")
        studio.run("Generation.objects.open().filter(provider='sandbox').delete()")


@pytest.fixture
def no_conversions(studio: Studio) -> None:
    """One is made at a time, and the page lists all: those of other tests are in the way."""
    studio.run("Conversion.objects.all().delete()")


@pytest.fixture(scope="session")
def base_url(studio: Studio) -> str:
    return studio.url


@pytest.fixture
def motion() -> str:
    """Tests that are not about motion do without: it is drawn for as long as a page waits."""
    return "reduce"


@pytest.fixture
def browser_context_args(
    administrator: dict[str, Any], base_url: str, motion: str
) -> dict[str, Any]:
    return {
        "storage_state": administrator,
        "base_url": base_url,
        "locale": "en-GB",
        "reduced_motion": motion,
    }


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[Contexts]:
    contexts = Contexts(browser)
    yield contexts
    contexts.close()


@pytest.fixture
def context(
    contexts: Contexts, browser_context_args: dict[str, Any], base_url: str
) -> Iterator[BrowserContext]:
    with contexts.lent(**browser_context_args) as context, blameless(context, base_url):
        yield context


@pytest.fixture
def scriptless(contexts: Contexts, administrator: dict[str, Any], base_url: str) -> Iterator[Page]:
    """A page without JavaScript."""
    with contexts.lent(
        storage_state=administrator, base_url=base_url, java_script_enabled=False
    ) as context:
        yield context.new_page()


@pytest.fixture
def clocked(
    browser: Browser, browser_context_args: dict[str, Any], base_url: str
) -> Iterator[Page]:
    """A page whose time goes on when the test says so."""
    context = browser.new_context(**browser_context_args)
    with blameless(context, base_url):
        page = context.new_page()
        page.clock.install()
        yield page
    context.close()


@contextmanager
def blameless(context: BrowserContext, url: str) -> Iterator[None]:
    """Fails on what a studio must never do: ask another host, break the policy."""
    complaints: list[str] = []

    def asked(request: Any) -> None:
        if not request.url.startswith((url, "data:", "blob:")):
            complaints.append(f"asked another host: {request.url}")

    def said(message: Any) -> None:
        if "Content Security Policy" in message.text or "Permissions-Policy" in message.text:
            complaints.append(message.text)

    def failed(error: Any) -> None:
        complaints.append(f"script error: {error.error}")

    listeners = {"request": asked, "console": said, "weberror": failed}
    for event, listener in listeners.items():
        context.on(event, listener)  # type: ignore[call-overload]
    context.set_default_timeout(SLOWEST)
    yield
    for event, listener in listeners.items():
        context.remove_listener(event, listener)
    assert complaints == []


def axe(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds on the page as it stands; `rules` are the only ones asked, if given."""
    if not page.evaluate("'axe' in window"):
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
