"""A process of its own reads the settings: what they are, or how it refuses to start."""

import json
import os
from pathlib import Path

from tests.python_process import run_python

ROOT = Path(__file__).resolve().parents[2]


KEY = "a-secret-key-of-this-installation-that-is-long-enough-0123456789"


PUBLIC = {"ALLOWED_HOSTS": "studio.example.com", "SECRET_KEY": KEY}


def run(code, root=ROOT, **variables):
    environment = {"PATH": os.environ["PATH"], "WANSTUDIO_ENV_FILE": "none", "SECRET_KEY": KEY}
    return run_python(
        ["-c", code],
        cwd=root,
        umask=0o022,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=240,
    )


def settings(*names, **variables):
    """The values of these settings with these variables and nothing else set."""
    code = (
        "import json; from wanstudio import settings as s; "
        f"print(json.dumps([getattr(s, name, None) for name in {names}], default=str))"
    )
    ran = run(code, **variables)
    assert ran.returncode == 0, ran.stderr
    values = json.loads(ran.stdout)
    return values[0] if len(values) == 1 else values


def refusal(**variables):
    ran = run("import wanstudio.settings", **variables)
    assert ran.returncode != 0
    return ran.stderr.strip().splitlines()[-1]
