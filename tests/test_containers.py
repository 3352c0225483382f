"""The image and the Compose files at the root, as far as they can be tried without a registry."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.installation import ROOT, Installation

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
BUILD, IMAGE = DOCKERFILE.split("\nFROM ")[1:]
COMPOSE, TLS = ROOT / "compose.yaml", ROOT / "compose.tls.yaml"
NAMES = ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "DOMAIN")


def services() -> dict[str, Any]:
    """Every service of both files, merged as Compose merges them."""
    merged: dict[str, Any] = {}
    for path in (COMPOSE, TLS):
        for name, service in yaml.safe_load(path.read_text())["services"].items():
            merged[name] = {**merged.get(name, {}), **service}
    return merged


def test_the_image_gets_what_the_product_needs_and_nothing_else() -> None:
    copied = set(re.findall(r"^COPY (\S+) ", BUILD, re.MULTILINE))
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == copied
    needed = {path.name for path in ROOT.iterdir() if path.name in {"static", "templates"}}
    assert copied == needed | {"generations", "wanstudio", "manage.py", "requirements.txt"}


def test_the_image_has_no_pip_and_its_process_may_write_no_code() -> None:
    assert "pip install --no-cache-dir --require-hashes --only-binary :all:" in BUILD
    assert "pip uninstall -y pip" in BUILD
    assert "pip" not in IMAGE
    assert "--chown" not in IMAGE and "chown" not in IMAGE
    assert IMAGE.index("COPY --from=build") < IMAGE.index("USER wanstudio")
    owned = re.findall(r"install -d -o wanstudio -m 700 (.+)", IMAGE)
    assert owned == ["/media /backups"]


def test_the_health_check_of_the_image_asks_whether_the_process_answers(tmp_path: Path) -> None:
    found = re.search(r"HEALTHCHECK .*?CMD (\[.+\])", IMAGE)
    assert found
    python, *arguments = json.loads(found[1])
    assert "/livez" in arguments[-1]
    studio = Installation(tmp_path)
    with studio.started_web() as address:
        port = address.rpartition(":")[2]
        arguments[-1] = arguments[-1].replace(":8000", f":{port}")
        assert subprocess.run([python, *arguments], timeout=240).returncode == 0
    assert subprocess.run([python, *arguments], timeout=240, capture_output=True).returncode


def test_no_container_has_a_secret_in_its_environment() -> None:
    for service in services().values():
        assert "$" not in json.dumps(service.get("environment", {}))
        assert "env_file" not in service
    for text in (COMPOSE.read_text(), TLS.read_text()):
        required = re.findall(r"\$\{(\w+):\?", text)
        optional = re.findall(r"\$\{(\w+)(?::-[^}]+)?\}", text)
        assert set(required) <= set(NAMES)
        assert not set(optional) & set(NAMES)


def test_every_container_is_limited() -> None:
    for name, service in services().items():
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_the_files_lie_on_a_volume_that_the_image_may_write() -> None:
    assert "MEDIA_ROOT=/media" in IMAGE
    for name in ("web", "worker"):
        service = yaml.safe_load(COMPOSE.read_text())["services"][name]
        assert "media:/media" in service["volumes"]
        assert service["environment"]["MEDIA_ROOT"] == "/media"


def compose(*arguments: str, env_file: Path) -> subprocess.CompletedProcess[str]:
    command = ["docker", "compose", "--env-file", str(env_file), "-f", str(COMPOSE), "-f", str(TLS)]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, env=DOCKER)


DOCKER = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
DOCKER_COMPOSE = shutil.which("docker") and not subprocess.call(
    ["docker", "compose", "version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
)


@pytest.mark.skipif(not DOCKER_COMPOSE, reason="docker compose is not here")
def test_compose_understands_both_files_and_starts_nothing_without_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("".join(f"{name}=s3cret\n" for name in NAMES))
    done = compose("config", "--quiet", env_file=path)
    assert (done.returncode, done.stderr) == (0, "")
    for missing in NAMES:
        path.write_text("".join(f"{name}=s3cret\n" for name in NAMES if name != missing))
        done = compose("config", "--quiet", env_file=path)
        assert done.returncode and f"{missing} is missing a value" in done.stderr
