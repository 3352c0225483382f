"""A Python that is a fork is to a test what one that was started would be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.installation import of_this_machine
from tests.python_process import ROOT, PythonProcess, option_to_fork, run_python

ENVIRONMENT = of_this_machine() | {"PYTHONPATH": str(ROOT)}
SELF = """
import json, os, signal, sys
print(json.dumps({
    "argv": sys.argv, "path": sys.path, "folder": os.getcwd(), "environment": dict(os.environ),
    "input": sys.stdin.read(), "leads": os.getpid() == os.getsid(0), "name": __name__,
    "umask": os.umask(0o022), "open": sorted(os.listdir("/proc/self/fd")),
    "signals": [str(signal.getsignal(n)) for n in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM)],
}))
"""
linux_alone = pytest.mark.skipif(sys.platform != "linux", reason="others start each process")


def of_both(*arguments: str, **how: Any) -> list[subprocess.CompletedProcess[str]]:
    """What a fork says, and a start."""
    options = {"env": ENVIRONMENT, "capture_output": True, "text": True, "timeout": 120, **how}
    started = subprocess.run([sys.executable, *arguments], **options)
    return [run_python(arguments, **options), started]


@linux_alone
@pytest.mark.parametrize("session", [False, True])
def test_it_finds_what_a_start_would_find(tmp_path: Path, session: bool) -> None:
    (tmp_path / "manage.py").write_text(SELF)
    (tmp_path / "package").mkdir()
    (tmp_path / "package/__main__.py").write_text(SELF)
    how = {"cwd": tmp_path, "input": "said", "start_new_session": session, "umask": 0o027}
    for arguments in (["-c", SELF], ["manage.py"], ["-m", "package"], ["-m", "manage"]):
        fork, start = (json.loads(done.stdout) for done in of_both(*arguments, "one", "two", **how))
        assert fork == start


@linux_alone
def test_an_isolated_one_looks_into_no_folder_of_ours(tmp_path: Path) -> None:
    (tmp_path / "itself.py").write_text(SELF)
    arguments = ("-I", str(tmp_path / "itself.py"))
    fork, start = (json.loads(done.stdout) for done in of_both(*arguments, cwd=ROOT, input=""))
    assert fork == start


@pytest.mark.parametrize(
    "code",
    ["pass", "raise SystemExit(3)", "raise SystemExit('why')", "1 / 0", "import os; os.abort()",
     "import atexit; atexit.register(print, 'end')"],
)  # fmt: skip
def test_it_ends_as_a_start_would(code: str) -> None:
    fork, start = of_both("-c", code)
    assert (fork.returncode, fork.stdout) == (start.returncode, start.stdout)
    assert fork.stderr.splitlines()[-1:] == start.stderr.splitlines()[-1:]


def test_it_is_waited_for_and_killed_like_any_other() -> None:
    process = PythonProcess(["-c", "import time; time.sleep(600)"], env=ENVIRONMENT)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.1)
    process.kill()
    assert process.wait(60) == process.poll() == -signal.SIGKILL


def test_its_id_is_nobody_elses_until_its_end_was_heard() -> None:
    process = PythonProcess(["-c", ""], env=ENVIRONMENT, stdout=subprocess.PIPE)
    process.stdout.read()  # to its end
    os.kill(process.pid, 0)
    assert process.wait(60) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_what_exceeds_the_time_is_ended() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run_python(["-c", "import time; time.sleep(600)"], env=ENVIRONMENT, timeout=1)


@pytest.mark.parametrize(
    "variables",
    [{"PYTHONPATH": "/elsewhere"}, {"PYTHONUTF8": "1"}, {"LANG": "zh_CN.GB2312"}],
)
def test_what_python_reads_at_its_start_makes_it_a_start(variables: dict[str, str]) -> None:
    assert option_to_fork(["manage.py"], ENVIRONMENT) == ("" if sys.platform == "linux" else None)
    assert option_to_fork(["manage.py"], ENVIRONMENT | variables) is None


@linux_alone
def test_nothing_of_the_product_is_imported_before() -> None:
    code = "import sys; print(*sys.modules)"
    modules = run_python(["-c", code], env=ENVIRONMENT, capture_output=True, text=True).stdout
    assert {"django", "requests"} <= set(modules.split())
    ours = {name.partition(".")[0] for name in modules.split()}
    assert not ours & {"generations", "wanstudio", "tests"}
