"""The settings of each kind of database."""

import shutil

import pytest

from tests.wanstudio.processes import ROOT, run, settings


@pytest.mark.parametrize("name", ["a b", "工作室", "50%20 #1?", "it's"])
def test_the_database_stays_in_its_folder_whatever_that_is_called(fresh, tmp_path, name):
    root = tmp_path / name
    shutil.copytree(fresh / "wanstudio", root / "wanstudio")
    ran = run("import wanstudio.settings as s; print(s.DATABASES['default']['NAME'])", root)
    assert ran.stdout.strip() == str(root / "var/wanstudio.sqlite3")


def test_postgresql_and_redis_are_taken_by_their_addresses():
    databases, queue = settings(
        "DATABASES",
        "Q_CLUSTER",
        DATABASE_URL="postgres://me:pw@db.example.com/studio",
        REDIS_URL="redis://localhost:6379/3",
        WANSTUDIO_CONN_MAX_AGE="60",
    )
    assert databases["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert databases["default"]["CONN_MAX_AGE"] == 60
    assert queue["redis"] == "redis://localhost:6379/3?socket_timeout=3&socket_connect_timeout=3"
    assert "orm" not in queue


def test_a_pool_and_connections_that_are_kept_do_not_quarrel():
    database = settings(
        "DATABASES", DATABASE_URL="postgres://h/n", WANSTUDIO_CONN_MAX_AGE="60", WANSTUDIO_POOL="4"
    )["default"]
    assert (database["CONN_MAX_AGE"], database["OPTIONS"]["pool"]["max_size"]) == (0, 4)


def test_the_database_is_found_in_a_folder_whatever_its_name(tmp_path):
    root = tmp_path / "c# 100%41?"
    shutil.copytree(ROOT / "wanstudio", root / "wanstudio")
    code = "import wanstudio.settings as s; print(s.DATABASES['default']['NAME'])"
    assert run(code, root).stdout.strip() == f"{root}/var/wanstudio.sqlite3"
