"""Python beside a studio: one process with its environment does to its rows what tests say."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.python_process import PythonProcess

ROOT = Path(__file__).resolve().parent.parent
# One line of JSON each way. Databases are restored and moved between two of them.
CODE = """
import contextlib, io, json, sys, traceback
import django
django.setup()
from django.contrib.auth.models import User
from django.db import connections
from generations.models import *
from tests.factory import make_generation
for line in sys.stdin:
    said, failed = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(said):
            exec(json.loads(line), dict(globals()))
    except Exception:
        failed = traceback.format_exc()
    connections.close_all()
    print(json.dumps([said.getvalue(), failed]), flush=True)
"""


class DjangoShell:
    """It ends with its input: when it is closed, or nobody holds it any more."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = {**environment}
        self.process = PythonProcess(
            ["-c", CODE], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, code: str) -> str:
        """What `code` printed, with models and factory at hand."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(code) + "\n")
        self.process.stdin.flush()
        said, failed = json.loads(self.process.stdout.readline())
        assert not failed, failed[-3000:]
        return str(said).strip()

    def close(self) -> None:
        self.process.communicate(timeout=120)
