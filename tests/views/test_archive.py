"""Many videos in one file."""

import csv
import io
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from tests.factory import VIDEO

pytestmark = pytest.mark.django_db


def unzipped(client: Client, *rows: Any) -> ZipFile:
    client.force_login(rows[0].owner)
    answer = client.post("/selection/", {"action": "download", "id": [row.pk for row in rows]})
    return ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[arg-type]


def listed(archive: ZipFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read("prompts.csv").decode("utf-8-sig"))))


def test_a_zip_lists_its_prompts(client: Client, make_generation: Any) -> None:
    row = make_generation("succeeded", prompt="狐狸, 雪", negative_prompt="=1+1", seed=7)
    archive = unzipped(client, row)
    assert archive.testzip() is None
    [name] = set(archive.namelist()) - {"prompts.csv"}
    assert archive.read(name) == VIDEO
    [line] = listed(archive)
    assert (line["file"], line["id"], line["prompt"]) == (name, str(row.pk), "狐狸, 雪")
    assert (line["negative_prompt"], line["seed"]) == ("'=1+1", "7")


def test_a_missing_file_stands_in_the_list_alone(client: Client, make_generation: Any) -> None:
    gone, there = make_generation("succeeded"), make_generation("succeeded")
    default_storage.delete(gone.video.name)
    archive = unzipped(client, gone, there)
    assert len(archive.namelist()) == 2
    assert {line["id"]: bool(line["file"]) for line in listed(archive)} == {
        str(gone.pk): False,
        str(there.pk): True,
    }


def test_videos_that_would_have_one_name_get_two(client: Client, make_generation: Any) -> None:
    ids = [f"abcdef00-0000-4000-8000-00000000000{n}" for n in range(2)]
    names = unzipped(client, *[make_generation("succeeded", id=pk) for pk in ids]).namelist()
    assert len(set(names)) == len(names) == 3


def test_of_nothing_there_is_no_zip(client: Client, owner: Any) -> None:
    client.force_login(owner)
    answer = client.post("/selection/", {"action": "download"}, follow=True)
    assert "Nothing was chosen." in answer.content.decode()
