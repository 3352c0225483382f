"""What docs/operating.md and docs/deploy promise, tried with the files that stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from shlex import quote

import pytest

from tests.installation import ROOT, Installation, Person, free_port
from tests.waiting import until
from tests.wanstudio.processes import settings

PAGE = (ROOT / "docs/operating.md").read_text()
DEPLOY = ROOT / "docs/deploy"
UNITS = ("wanstudio-web.service", "wanstudio-worker.service", "wanstudio-backup.service")
WRITABLE = "/srv/wanstudio/media -/srv/wanstudio/data"
ENV_FILE = "WANSTUDIO_ENV_FILE=/etc/wanstudio.env"


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_no_command_of_the_page_forgets_where_the_environment_is() -> None:
    explained = section("Commands")
    assert "manage.py" in explained
    assert "manage.py" not in PAGE.replace(explained, "")
    assert "wanstudio backup" in PAGE.replace(explained, "")


def test_units_and_commands_read_one_file() -> None:
    for name in (*UNITS, "wanstudio"):
        assert ENV_FILE in (DEPLOY / name).read_text()


def environment_file(path: Path, **variables: str) -> Path:
    """The sample, with these variables in place of or beside its own."""
    lines = (DEPLOY / "wanstudio.env").read_text().splitlines()
    kept = [line for line in lines if line.partition("=")[0] not in variables]
    path.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in variables.items())]))
    return path


def test_the_sample_of_an_environment_is_understood_and_fits_nginx(tmp_path: Path) -> None:
    path = environment_file(tmp_path / "wanstudio.env")
    hosts, https, sendfile, media = settings(
        "ALLOWED_HOSTS", "HTTPS", "WANSTUDIO_SENDFILE", "MEDIA_ROOT",
        WANSTUDIO_ENV_FILE=str(path),
    )  # fmt: skip
    assert (hosts[0], https, sendfile) == ("studio.example.com", True, "nginx")
    assert f"alias {media}/;" in (DEPLOY / "nginx-locations.conf").read_text()


def test_a_command_works_on_what_the_units_work_on(tmp_path: Path) -> None:
    studio = Installation(tmp_path / "studio")
    studio.migrate()
    names = ("DATABASE_URL", "MEDIA_ROOT", "SECRET_KEY")
    path = environment_file(tmp_path / "env", **{name: studio.environment[name] for name in names})
    release = tmp_path / "releases/1.0.0"
    (release / "docs/deploy").mkdir(parents=True)
    script = release / "docs/deploy/wanstudio"
    script.write_text(unit("wanstudio").replace("/etc/wanstudio.env", quote(str(path))))
    (release / ".venv").symlink_to(sys.prefix)
    (release / "manage.py").symlink_to(ROOT / "manage.py")
    (tmp_path / "script").symlink_to(script)  # as in /usr/local/bin
    (tmp_path / "runuser").write_text(
        '#!/bin/sh\n[ "$1 $2 $3" = "-u wanstudio --" ] && shift 3 && "$@"'
    )
    (tmp_path / "runuser").chmod(0o755)

    done = subprocess.run(
        ["sh", str(tmp_path / "script"), "backup", "a backup"], cwd=tmp_path, text=True,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "MEDIA_ROOT": str(tmp_path / "kept")},
        capture_output=True, timeout=240,
    )  # fmt: skip

    assert done.stdout.endswith(
        f"sqlite {studio.folder}/studio.sqlite3, files in {tmp_path}/kept\n"
    ), done.stderr
    assert (tmp_path / "a backup/manifest.json").is_file()


def unit(name: str) -> str:
    return (DEPLOY / name).read_text()


def systemd_analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not here")
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    paths = [tmp_path / path.name for path in DEPLOY.glob("wanstudio-*.*")]
    for path in paths:
        path.write_text(re.sub(r"(?<=^ExecStart=)\S+", sys.executable, unit(path.name), flags=re.M))
    done = systemd_analyze("verify", *map(str, paths))
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_calls_the_units_safe() -> None:
    for name in UNITS:
        done = systemd_analyze("security", "--offline=true", "--threshold=20", str(DEPLOY / name))
        assert done.returncode == 0, done.stdout


def test_the_units_may_write_data_and_no_code() -> None:
    for name in UNITS:
        [writable] = re.findall(r"^ReadWritePaths=(.+)$", unit(name), re.MULTILINE)
        assert "ProtectSystem=strict" in unit(name)
        # Links lead from files to backups within one path alone; the code in it is read-only.
        readonly = "ReadOnlyPaths=/srv/wanstudio/releases\n" in unit(name)
        assert writable == ("/srv/wanstudio" if readonly else WRITABLE)


def test_who_is_signed_in_stays_so_when_the_secret_key_is_changed(tmp_path: Path) -> None:
    studio = Installation(tmp_path)
    studio.migrate()
    studio.person("ada")
    with studio.web() as address:
        soon, late = Person(address, "ada"), Person(address, "ada")
    old, new = studio.environment["SECRET_KEY"], "another-key-of-this-studio-" * 3
    for before, ada, status in ((old, soon, 200), ("", soon, 200), ("", late, 302)):
        studio.environment |= {"SECRET_KEY": new, "SECRET_KEY_BEFORE": before}
        with studio.web() as ada.address:
            assert ada.ask("GET", "/gallery/", allow_redirects=False).status_code == status


def test_with_json_every_line_is_an_event(tmp_path: Path) -> None:
    studio = Installation(tmp_path, WANSTUDIO_LOG_FORMAT="json")
    studio.migrate()
    studio.person("ada")
    with studio.web() as address, studio.worker():
        Person(address, "ada").make_video("a secret picnic", size="832x480")
        until(lambda: studio.run("print(Generation.objects.succeeded().count())") == "1")

    log = studio.log.read_text()
    events = [json.loads(line) for line in log.splitlines()]
    assert {"at", "level", "logger", "message"} <= set.intersection(*map(set, events))
    said = {event["message"] for event in events}
    assert {"POST / 302", f"WAN Studio is at {address}"} <= said
    assert "picnic" not in log


def test_gunicorns_own_lines_are_json_too(tmp_path: Path) -> None:
    studio = Installation(tmp_path, WANSTUDIO_LOG_FORMAT="json")
    gunicorn = ("-m", "gunicorn", "--config", "python:wanstudio.gunicorn", "nowhere:application")
    with studio.started(*gunicorn, PORT=str(free_port())) as process:
        assert process.wait(120)
    lines = studio.log.read_text().splitlines()
    assert any("nowhere" in json.loads(line).get("traceback", "") for line in lines)
