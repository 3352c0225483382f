"""Starts the provider, with people and the studio as its client."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.installation import ROOT, free_port, of_this_machine
from tests.waiting import PATIENCE

SECRET = "the-secret-of-the-studio"
PREPARE = """
import json, sys
import django
django.setup()
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from oauth2_provider.models import Application
call_command("migrate", verbosity=0)
people, address, secret = json.load(sys.stdin)
for name, groups in people.items():
    user = User.objects.create_user(name, f"{name}@team.example", "there")
    user.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
Application.objects.create(
    client_id="studio", client_secret=secret, client_type="confidential", algorithm="RS256",
    authorization_grant_type="authorization-code", skip_authorization=True, redirect_uris=address,
)
"""


@contextmanager
def running_provider(folder: Path, people: dict[str, list[str]], studio: str) -> Iterator[str]:
    """The issuer's address. `people` have these groups; `studio` is where they are sent back to."""
    folder.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(pem)
    environment = of_this_machine() | {
        "DJANGO_SETTINGS_MODULE": "tests.oidc_provider.settings",
        "OIDC_FOLDER": str(folder),
        "PYTHONPATH": str(ROOT),
    }
    callback = f"{studio}/accounts/single-sign-on/oidc/callback/"
    subprocess.run(
        [sys.executable, "-c", PREPARE], cwd=ROOT, env=environment, check=True,
        input=json.dumps([people, callback, SECRET]), text=True,
    )  # fmt: skip
    port = free_port()
    line = [sys.executable, "-m", "django", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        issuer = f"http://127.0.0.1:{port}/o"
        wait_for(f"{issuer}/.well-known/openid-configuration", folder / "log.txt")
        yield issuer
    finally:
        process.terminate()
        process.wait(timeout=120)


def wait_for(address: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            requests.get(address, timeout=30).raise_for_status()
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise AssertionError(log.read_text()[-3000:])


def variables(issuer: str, **more: str) -> dict[str, str]:
    """What the studio is told of it."""
    return {
        "WANSTUDIO_OIDC_ISSUER": issuer,
        "WANSTUDIO_OIDC_CLIENT_ID": "studio",
        "WANSTUDIO_OIDC_CLIENT_SECRET": SECRET,
        "WANSTUDIO_OIDC_NAME": "Team ID",
        **{f"WANSTUDIO_OIDC_{name}": value for name, value in more.items()},
    }
