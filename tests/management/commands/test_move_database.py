"""Where the rows come from: an address without its password, and an empty place for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.installation import Installation


@pytest.mark.django_db
@pytest.mark.parametrize("source", ["mysql://u:canary@h/n", "postgres://u:canary#x@h/n"])
def test_an_address_that_cannot_work_is_a_sentence_without_its_password(
    tmp_path: Path, source: str
) -> None:
    said = Installation(tmp_path).manage("move_database", source, fails=True)
    assert said.startswith("The address ")
    assert "canary" not in said and "Traceback" not in said


def test_a_password_is_no_argument(tmp_path: Path) -> None:
    studio = Installation(tmp_path)
    studio.migrate()
    source = "postgres://u:canary@127.0.0.1:9/old"
    for argument in (source, "postgres://127.0.0.1:9/old?user=u&password=canary"):
        said = studio.manage("move_database", argument, fails=True)
        assert "SOURCE_DATABASE_URL" in said and "canary" not in said
    assert "SOURCE_DATABASE_URL is not set" in studio.manage("move_database", fails=True)
    studio.environment["SOURCE_DATABASE_URL"] = source
    assert "9" in studio.manage("move_database", fails=True)  # it is asked: nobody is there


def test_a_source_from_the_environment_is_moved(tmp_path: Path) -> None:
    old, new = Installation(tmp_path / "old"), Installation(tmp_path / "new")
    old.migrate()
    new.migrate()
    old.person("ada")
    new.environment["SOURCE_DATABASE_URL"] = old.environment["DATABASE_URL"]
    new.manage("move_database")
    assert new.run("print(User.objects.get().username)") == "ada"


def test_a_database_with_people_is_not_written_over(owner: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="must be empty"):
        call_command("move_database", f"sqlite:///{tmp_path}/old.sqlite3")
