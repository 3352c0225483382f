"""A valid picture outlives an error in another field: for its owner, for a day."""

import io
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from generations.creation import uploads
from generations.media import check_picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def picture():
    file = io.BytesIO()
    Image.new("RGB", (640, 360), "red").save(file, "JPEG")
    return check_picture(file)


def test_a_kept_picture_comes_back_byte_for_byte(owner, picture):
    assert uploads.kept(owner, uploads.keep(owner, picture)) == picture


def test_a_token_is_good_for_its_person_alone(owner, stranger, picture):
    assert uploads.kept(stranger, uploads.keep(owner, picture)) is None


@pytest.mark.parametrize("token", ["", "nonsense", "WzEsICJhIl0:x:y", "a" * 5000, "\0", "é:é:é"])
def test_a_forged_token_is_nothing(token, owner):
    assert uploads.kept(owner, token) is None


def test_a_token_of_yesterday_is_nothing(owner, picture, monkeypatch):
    token = uploads.keep(owner, picture)
    monkeypatch.setattr(uploads, "DAY", timedelta(seconds=-1))
    assert uploads.kept(owner, token) is None


def test_a_token_whose_file_is_gone_or_no_picture_is_nothing(owner):
    default_storage.save("kept/text", ContentFile(b"text"))
    assert uploads.kept(owner, uploads.token_for(owner, "kept/text")) is None
    assert uploads.kept(owner, uploads.token_for(owner, "kept/gone")) is None


def test_a_person_keeps_twenty_at_most_and_the_newest(owner, picture):
    tokens = [uploads.keep(owner, picture) for _ in range(22)]
    assert len(default_storage.listdir(f"kept/{owner.pk}")[1]) == uploads.MAX_KEPT
    assert uploads.kept(owner, tokens[-1])


def test_old_ones_are_swept_and_new_ones_stay(owner, picture):
    uploads.remove_old()
    token = uploads.keep(owner, picture)
    uploads.remove_old(timezone.now() + timedelta(hours=23))
    assert uploads.kept(owner, token)
    uploads.remove_old(timezone.now() + timedelta(hours=25))
    assert uploads.kept(owner, token) is None


def test_the_preview_is_small(picture):
    found = uploads.preview(picture)
    assert found.startswith("data:image/jpeg;base64,") and len(found) < 20_000
