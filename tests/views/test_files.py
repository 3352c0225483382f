"""Many videos in one file."""

import io
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from tests.factory import VIDEO

pytestmark = pytest.mark.django_db


def test_a_zip_leaves_out_what_is_gone_and_is_whole(
    client: Client, owner: Any, make_generation: Any
) -> None:
    gone, there = make_generation("succeeded"), make_generation("succeeded")
    default_storage.delete(gone.video.name)
    client.force_login(owner)
    answer = client.post("/selection/", {"action": "download", "id": [gone.pk, there.pk]})
    with ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        [name] = archive.namelist()
        assert archive.testzip() is None
        assert archive.read(name) == VIDEO


def test_of_nothing_there_is_no_zip(client: Client, owner: Any) -> None:
    client.force_login(owner)
    answer = client.post("/selection/", {"action": "download"}, follow=True)
    assert "Nothing was chosen." in answer.content.decode()
