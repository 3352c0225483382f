"""Make `.venv` and fill it: what `make` does before anything else can be imported.

    python -m wanstudio.install requirements.txt tests/requirements.txt

An environment that was made here holds a stamp, `made-at`, and is made again when its Python is
gone or the folder has moved. Any other is used as it is, and never removed. Only the standard
library is at hand, in any Python from `OLDEST` on.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from wanstudio.ownership import write_problem
from wanstudio.pip_output import Progress, reason_of_failure

OLDEST, NEWEST_TRIED = (3, 11), (3, 14)
VENV = Path(".venv")
PYTHON = VENV / "bin/python"
STAMP = VENV / "made-at"
VAR = Path("var")
IN_VAR = ("secret_key", "wanstudio.sqlite3*", "static", "static/*", "media", "media/*")

# What Python reports about its environment.
DESCRIBE = """
import importlib.metadata, importlib.util, json, sys
packages = {p.metadata["Name"]: p.version for p in importlib.metadata.distributions()}
print(json.dumps([sys.version_info[:2], bool(importlib.util.find_spec("pip")), packages]))
"""


class Environment:
    """`.venv` as it stands: whether make made it, and what its Python says, if that runs."""

    def __init__(self) -> None:
        self.ours = os.access(STAMP, os.R_OK)
        self.version, self.has_pip, self.packages = (0, 0), False, {}
        command = [str(PYTHON), "-I", "-c", DESCRIBE]
        try:
            told = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603
        except (OSError, subprocess.CalledProcessError):
            return
        version, self.has_pip, packages = json.loads(told)
        self.version = tuple(version)
        self.packages = {normalized(name): packages[name] for name in packages}

    @property
    def works(self) -> bool:
        return self.version >= OLDEST

    def missing(self, requirements: Path) -> list[str]:
        """The requirements that are not installed in the required version."""
        return [
            f"{name}=={version}"
            for name, version in pinned(requirements)
            if self.packages.get(normalized(name)) != version
        ]


def normalized(name: str | None) -> str:
    return re.sub("[-_.]+", "-", name or "").lower()


def pinned(requirements: Path) -> Iterator[tuple[str, str]]:
    """Name and version of each `name[extra]==version` in the file.

    Not of those with a marker: they may be for another Python or system.
    """
    for line in requirements.read_text(encoding="utf-8").splitlines():
        found = re.match(r"([\w.-]+)(?:\[[^]]*\])?==(\S+)", line)
        if found and ";" not in line:
            yield found[1], found[2]


def main(files: list[str]) -> None:
    require_own(VAR, chain([VAR], *(VAR.glob(pattern) for pattern in IN_VAR)))
    environment = usable_environment()
    if environment.version > NEWEST_TRIED:
        print(
            f"Python {dotted(environment.version)} is newer than what WAN Studio was tried with "
            f"({dotted(OLDEST)} to {dotted(NEWEST_TRIED)}): it starts all the same."
        )
    for file in files:
        install(environment, Path(file))


def require_own(folder: Path, paths: Iterable[Path]) -> None:
    """Exit with a message if one of these paths in `folder` is not writable."""
    for path in paths:
        if problem := write_problem(path, folder):
            sys.exit(problem)


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def usable_environment() -> Environment:
    """`.venv`, created again if necessary and possible. Exits with a message if not."""
    if not os.path.lexists(VENV):
        return make_environment()
    environment = Environment()
    if environment.ours:
        if not (environment.works and environment.has_pip):
            return make_again("its Python is gone or was replaced")
        made_at = STAMP.read_text(encoding="utf-8").strip()
        if not (os.path.exists(made_at) and os.path.samefile(made_at, os.curdir)):
            return make_again("it belongs to another folder, whose path it holds")
    elif not environment.works:
        sys.exit(
            f"The .venv here has no Python {dotted(OLDEST)} or newer that this account can run. "
            "make did not make it and leaves it alone: move it away, then start again."
        )
    return environment


def make_again(reason: str) -> Environment:
    require_own(VENV, [VENV])
    print(f"Removing .venv, to make it again: {reason}")
    if VENV.is_symlink():
        VENV.unlink()
    else:
        shutil.rmtree(VENV)
    return make_environment()


def make_environment() -> Environment:
    require_own(Path.cwd(), [VENV])
    print(f"Making a virtual environment in .venv, with Python {dotted(sys.version_info[:3])}")
    VENV.mkdir()
    STAMP.write_text(f"{Path.cwd()}\n", encoding="utf-8")  # first: half of one may be removed
    # Not the Python of an active environment: that may be the one that was just removed.
    python = getattr(sys, "_base_executable", sys.executable)
    made = subprocess.run(  # noqa: S603
        [python, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    environment = Environment()
    if made.returncode or not environment.has_pip:
        shutil.rmtree(VENV)
        why = (made.stdout.strip().splitlines() or ["it has no pip"])[-1]
        sys.exit(
            f"No virtual environment could be made: {why}\n"
            "On Debian and Ubuntu, apt install python3-venv helps."
        )
    return environment


def install(environment: Environment, requirements: Path) -> None:
    """Install the requirements of the file, unless they are installed."""
    stamp = VENV / f"installed-{'-'.join(requirements.with_suffix('').parts)}"
    if environment.ours:
        if stamp.is_file() and stamp.read_bytes() == requirements.read_bytes():
            return
    elif not (missing := environment.missing(requirements)):
        return
    elif not environment.has_pip:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        sys.exit(
            f"The .venv here has no pip, and lacks {missing[0]}{more}. "
            f"Add what is missing: uv pip install -r {requirements}"
        )
    require_own(VENV, [VENV])
    run_pip(requirements)
    if environment.ours:
        stamp.write_bytes(requirements.read_bytes())


def run_pip(requirements: Path) -> None:
    """Install with pip and show the progress. Exits with a message if it fails."""
    count = len(list(pinned(requirements)))
    print(f"Installing {requirements}: {count} packages, about a minute")
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    # Settings of this account would install the packages elsewhere.
    places = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"}
    environment = {name: os.environ[name] for name in os.environ if name not in places}
    with subprocess.Popen(  # noqa: S603
        [*command, "-r", str(requirements)],
        env={**environment, "PIP_USER": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        output = Progress(sys.stdout).follow(pip.stdout or [])
    if pip.returncode:
        if "Permission denied" in output:
            require_own(VENV, VENV.rglob("*"))
        sys.exit(reason_of_failure(output))


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
