"""docs/installing.md, word by word, in a bare Debian; then an upgrade and a roll-back.

make debian
"""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.installation import ROOT

from .machine import Machine, commands, why_not

pytestmark = [
    pytest.mark.debian,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]
PAGE = (ROOT / "docs/installing.md").read_text()
# In place of the lines that the page marks: no name leads here, and no authority certifies it.
REPLACED = {
    "repository=": "repository=file:///repository",
    "version=": "version=v1.0.0",
    "certbot ": """
        mkdir -p /etc/letsencrypt/live/$name
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$name" \
            -addext "subjectAltName=DNS:$name" \
            -keyout /etc/letsencrypt/live/$name/privkey.pem \
            -out /etc/letsencrypt/live/$name/fullchain.pem
        cp /etc/letsencrypt/live/$name/fullchain.pem /usr/local/share/ca-certificates/studio.crt
        update-ca-certificates
        echo "127.0.0.1 $name" >> /etc/hosts""",
}
SITE = "https://studio.example.com"
VIDEO = f"cd /srv/wanstudio/app; python3 -m tests.debian.video {SITE} admin $(cat /root/password)"
WRITABLE_CODE = """
    cd /srv/wanstudio/app/
    runuser -u wanstudio -- find . -path ./var -prune -o ! -type l -writable -print
"""
# As docs/operating.md has it, while people visit.
UPGRADE = f"""
    cd /srv/wanstudio/releases/v1.0.0
    python3 -m tests.debian.visitors {SITE}/accounts/login/ > /root/answers & visitors=$!
    wanstudio backup --keep 14 /srv/wanstudio/backups
    {{step_4}}
    docs/deploy/wanstudio collectstatic --noinput
    docs/deploy/wanstudio migrate --noinput
    ln -sfn "releases/$version" /srv/wanstudio/app
    systemctl restart wanstudio-web.service
    systemctl restart wanstudio-worker.service
    systemctl reload wanstudio-web.service
    sleep 5
    ln -sfn releases/v1.0.0 /srv/wanstudio/app
    systemctl restart wanstudio-web.service wanstudio-worker.service
    sleep 5
    kill $visitors; wait $visitors
"""


def step_4(version: str) -> str:
    """How a release is prepared, but for the last two lines, which switch to it."""
    release = PAGE.partition("## 4. ")[2].partition("## 5. ")[0]
    lines = replaced(commands(release)).splitlines()[:-2]
    return "\n".join(lines).replace("v1.0.0", version)


def replaced(script: str) -> str:
    """Commands of the page, with what is replaced here."""
    lines = []
    for line in script.splitlines():
        if line.endswith("# replaced by make debian"):
            [line] = [new for start, new in REPLACED.items() if line.startswith(start)]
        lines.append(line)
    return "\n".join(lines)


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    repository = folder / "repository"
    subprocess.run(["git", "clone", "-q", "--bare", ROOT, repository], check=True)
    for tag in ("v1.0.0", "v1.0.1"):
        subprocess.run(["git", "-C", repository, "tag", "-f", tag, "HEAD"], check=True)
    with Machine(folder, repository) as machine:
        machine.run(f"{replaced(commands(PAGE))}\necho $DJANGO_SUPERUSER_PASSWORD > /root/password")
        yield machine


def test_the_page_ends_with_a_studio_that_works_and_may_write_no_code(debian: Machine) -> None:
    health = json.loads(debian.run(f"curl -fsS {SITE}/healthz"))
    assert set(health.values()) == {"ok"}
    assert int(debian.run(VIDEO)) > 10_000
    assert debian.run(WRITABLE_CODE) == ""
    assert debian.run("systemctl --failed --plain --no-legend | grep -c wanstudio || true") == "0\n"
    assert "wanstudio-backup.timer" in debian.run("systemctl list-timers")
    backups = debian.run("cat /srv/wanstudio/backups/*/manifest.json")
    assert '"engine": "postgresql"' in backups


def test_no_request_fails_during_an_upgrade_a_reload_and_a_roll_back(debian: Machine) -> None:
    debian.run(UPGRADE.format(step_4=step_4("v1.0.1")))
    answers = debian.run("cat /root/answers")
    print(f"while all was replaced: {answers}")
    assert set(ast.literal_eval(answers)) == {"200"}
    assert int(debian.run(VIDEO)) > 10_000
