"""What a newcomer does, with each Python of this machine: clone, `make run`, make a video, Ctrl-C.

    python3 tests/first_start.py oldest   # print the oldest Python that is new enough
    python3 tests/first_start.py others   # start with each of the others, test on the newest

Every other Python gets a clone of its own. Only the standard library is needed.
"""

from __future__ import annotations

import contextlib
import http.client
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
HERE = 3  # Pythons of the machine that runs `.ci/run` with CI=true
UP, ENDED, STOPPED = 300, 120, 60  # seconds at most until it is up, a video ended, all is stopped
PASSWORD = "correct horse battery"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
SELECTED = "not (browser or live or bench or crash or fuzz or screenshots or debian)"
TESTED = [
    f"tests/{name}" for name in ("tasks", "worker", "models", "providers", "media", "wanstudio")
]
PLAYS = "import av, sys; print(len(list(av.open(sys.argv[1]).decode(video=0))))"
TROUBLE = re.compile(r"Traceback|SIGKILL|^.*Failed '.*$", re.MULTILINE)

Version = tuple[int, int]


def main(what: str) -> None:
    found = dict(sorted(pythons().items()))
    if not found:
        sys.exit("There is no Python 3.11 or newer here.")
    oldest, *others = found.values()
    if what == "oldest":
        print(oldest)
        return
    print("Pythons here:", ", ".join(f"{major}.{minor}" for major, minor in found), flush=True)
    if os.environ.get("CI") == "true" and len(found) < HERE:
        sys.exit(f"{HERE} were expected, 3.11 to 3.13: not all could be tried.")
    if not others:
        print("No other Python than the one that the tests ran on: nothing more to try.")
    with ThreadPoolExecutor() as pool:  # most of it is pip, which works on one core
        tried = [pool.submit(try_one, python, python == others[-1]) for python in others]
    for one in tried:
        one.result()


def try_one(python: str, newest: bool) -> None:
    with clone() as folder:
        first_start(folder, python)
        if newest:
            run_tests(folder)


# Pythons


def pythons() -> dict[Version, str]:
    """The first program found for each minor version from `OLDEST` on."""
    found: dict[Version, str] = {}
    for program in candidates():
        code = "import sys; print(*sys.version_info[:2], sys._base_executable)"
        with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
            done = subprocess.run([program, "-c", code], capture_output=True, text=True, timeout=30)
            major, minor, path = done.stdout.strip().split(" ", 2)
            found.setdefault((int(major), int(minor)), path)
    return {version: path for version, path in found.items() if version >= OLDEST}


def candidates() -> Iterator[str | Path]:
    """`python3` and `python3.X` on PATH, then what pyenv installed."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for path in sorted(Path(folder or ".").glob("python3*")):
            if re.fullmatch(r"python3(\.\d+)?", path.name):
                yield path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob("versions/3.*/bin/python"))


# One clone


@contextlib.contextmanager
def clone() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="first start ") as folder:
        path = Path(folder) / "工作室"
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, path], check=True)
        yield path


def environment(**variables: str) -> dict[str, str]:
    """Nothing of what is set here, but for how to reach programs and package indexes."""
    kept = re.compile("PATH|HOME|LANG|TMPDIR|PIP_.*|.*_PROXY", re.IGNORECASE)
    return {**{name: os.environ[name] for name in os.environ if kept.fullmatch(name)}, **variables}


def first_start(folder: Path, python: str) -> None:
    began = time.monotonic()
    address = f"http://127.0.0.1:{free_port()}"
    log = folder.parent / "log.txt"
    with log.open("w") as output:
        studio = subprocess.Popen(
            ["make", "run", f"PYTHON={python}"],
            cwd=folder,
            env=environment(PORT=address.rpartition(":")[2]),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(lambda: f"WAN Studio is at {address}" in log.read_text(), UP, studio)
        up = time.monotonic()
        frames = make_video(address, folder)
        stop(studio, folder)
    except BaseException:
        print(log.read_text()[-5000:], flush=True)
        raise
    finally:
        kill_what_is_left(studio, folder)
    if trouble := TROUBLE.search(log.read_text()):
        sys.exit(f"{python}: the log says {trouble[0]}\n{log.read_text()[-5000:]}")
    print(f"{python}: up after {up - began:.0f} s, a video of {frames} frames", flush=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def until(done: Callable[[], bool], seconds: float, studio: subprocess.Popen[bytes]) -> None:
    """Wait until `done()`; exit if that takes too long, or if `make run` ended."""
    end = time.monotonic() + seconds
    while not done():
        if studio.poll() is not None:
            sys.exit(f"make run ended by itself, with {studio.returncode}")
        if time.monotonic() > end:
            sys.exit(f"not within {seconds} s")
        time.sleep(0.2)


def make_video(address: str, folder: Path) -> int:
    """Make the administrator, ask for a video in the form, fetch it; returns its frames."""
    browser = Browser(address)
    browser.submit("/setup/", username="ada", password1=PASSWORD, password2=PASSWORD)
    page = browser.submit(
        "/", id=str(uuid.uuid4()), model="sandbox/sandbox-t2v", prompt="A boat on a quiet lake"
    )
    end = time.monotonic() + ENDED
    while browser.open(f"{page}status/").status != 286:  # htmx stops to ask at 286: it has ended
        if time.monotonic() > end:
            sys.exit(f"no video within {ENDED} s: {browser.open('/healthz').read()!r}")
        time.sleep(0.5)
    film = folder.parent / "video.mp4"
    film.write_bytes(browser.open(f"{page}video.mp4").read())
    command = [str(folder / ".venv/bin/python"), "-c", PLAYS, str(film)]
    return int(subprocess.run(command, check=True, capture_output=True).stdout)


class Browser:
    """Keeps cookies, sends forms."""

    def __init__(self, address: str) -> None:
        self.address = address
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        no_proxy = urllib.request.ProxyHandler({})
        self.opener = urllib.request.build_opener(no_proxy, cookies)
        self.opener.addheaders = [("Referer", f"{address}/")]  # over HTTPS it is asked for

    def open(self, path: str, data: bytes | None = None) -> http.client.HTTPResponse:
        answer: http.client.HTTPResponse = self.opener.open(self.address + path, data, timeout=30)
        return answer

    def submit(self, path: str, **fields: str) -> str:
        """Send the form that stands at `path`; returns the path of the page that follows."""
        page = self.open(path).read().decode()
        token = TOKEN.search(page)
        if not token:
            sys.exit(f"there is no form at {path}: {page[:500]}")
        data = {"csrfmiddlewaretoken": token[1], **fields}
        answer = self.open(path, urllib.parse.urlencode(data).encode())
        landed = urllib.parse.urlsplit(answer.url).path
        if landed == path:
            sys.exit(f"the form at {path} was not taken: {answer.read().decode()[:3000]}")
        return landed


# The end


def stop(studio: subprocess.Popen[bytes], folder: Path) -> None:
    """Ctrl-C, as a terminal sends it: to all that make has in its group."""
    os.killpg(studio.pid, signal.SIGINT)
    ended = studio.wait(STOPPED)
    if ended not in (0, -signal.SIGINT, 130):
        sys.exit(f"make run ended with {ended}")
    if left := processes_in(folder):
        sys.exit(f"these go on after Ctrl-C: {left}")


def processes_in(folder: Path) -> dict[int, str]:
    """What runs in `folder`, by Linux's own list; nothing elsewhere."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (path / "cwd").resolve().is_relative_to(folder.resolve()):
                found[int(path.name)] = (path / "cmdline").read_text().replace("\0", " ")
    return found


def kill_what_is_left(studio: subprocess.Popen[bytes], folder: Path) -> None:
    for pid in processes_in(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(studio.pid, signal.SIGKILL)
    studio.wait()


def run_tests(folder: Path) -> None:
    """The tests of rows, tasks and workers: what a new Python broke before."""
    commands = [
        ["make", "test-environment"],
        [
            *(".venv/bin/python", "-m", "pytest", "-q", "-n", "4", "--dist", "loadfile"),
            *("-m", SELECTED, *TESTED),
        ],
    ]
    for command in commands:
        if subprocess.run(command, cwd=folder, env=environment()).returncode:
            sys.exit(f"failed on the newest Python: {' '.join(command)}")


if __name__ == "__main__":
    main(sys.argv[1])
