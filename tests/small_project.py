"""A project with one small requirement, what `make` says of it, and an index that has it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.installation import ROOT, of_this_machine

CODE = ("__init__", "install", "ownership", "pip_output")


def project(folder: Path) -> Path:
    """What `make environment` needs of the project, with one small requirement."""
    (folder / "wanstudio").mkdir(parents=True)
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    for name in CODE:
        shutil.copy(ROOT / f"wanstudio/{name}.py", folder / "wanstudio")
    (folder / "requirements.txt").write_text("# One.\nnine-lives==1.0\n")
    (folder / "tests/requirements.txt").write_text("-r ../requirements.txt\n")
    wheel(folder)
    return folder


def wheel(folder: Path) -> Path:
    """A package without any code."""
    path = folder / "nine_lives-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        for name, text in {
            "METADATA": "Metadata-Version: 2.1\nName: nine-lives\nVersion: 1.0\n",
            "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "",
        }.items():
            file.writestr(f"nine_lives-1.0.dist-info/{name}", text)
    return path


def make(
    folder: Path,
    *words: str,
    fails: bool = False,
    user: str | None = None,
    variables: dict[str, str] | None = None,
) -> str:
    """What `make` wrote, to whichever stream."""
    environment = {
        **of_this_machine(),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": folder.as_uri(),  # a path with blanks would be several
        **(variables or {}),
    }
    done = subprocess.run(
        ["make", *words], cwd=folder, env=environment, user=user, text=True, timeout=600,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert (done.returncode != 0) == fails, done.stdout
    return done.stdout


def sentences(output: str) -> list[str]:
    """The lines but for make's own."""
    return [line for line in output.splitlines() if not line.startswith("make")]


def bare(folder: Path, python: str = sys.executable) -> Path:
    """A `.venv` as uv makes it: no pip, no stamp."""
    subprocess.run([python, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    return folder


def everything_in(folder: Path) -> dict[str, float]:
    paths = [path for path in folder.rglob("*") if "__pycache__" not in path.parts]
    return {str(path): path.lstat().st_mtime for path in paths if path.name != "__pycache__"}


class PackageIndex(ThreadingHTTPServer):
    """Answers for every host; `asked` holds the URLs in order."""

    def __init__(self, wheel: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.wheel = wheel
        self.asked: list[str] = []
        self.address = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> PackageIndex:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Answer(BaseHTTPRequestHandler):
    server: PackageIndex

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        name = self.server.wheel.name
        if self.path.endswith(name):
            body, kind = self.server.wheel.read_bytes(), "application/octet-stream"
        else:
            body, kind = f'<a href="/{name}">{name}</a>'.encode(), "text/html"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
