"""What a row asks for, read before the POST; what cannot be read is not sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from generations.models import (
    Generation,
    SubmitThrottle,
)
from generations.providers.base import SourceImage
from generations.tasks.submit import submit_queued
from generations.tasks.video_request import picture_of
from tests.emulator import Emulator
from tests.tasks.conftest import I2V, Ask, png, sent

pytestmark = pytest.mark.django_db


def test_a_model_that_left_the_catalogue_closes_its_own_line_and_its_rows_wait(
    service: Emulator, ask: Ask
) -> None:
    gone, other = ask(model="wan1-of-old"), ask()

    submit_queued("dashscope", gone.model)
    other = sent(other)

    gone.refresh_from_db()
    assert (gone.status, other.status) == ("queued", "running")
    assert [throttle.model for throttle in SubmitThrottle.objects.paused()] == ["wan1-of-old"]
    assert len(service.creates) == 1


def test_a_picture_that_cannot_be_read_is_refused_before_sending(
    service: Emulator, ask: Ask
) -> None:
    row = ask(model=I2V, size="720P", source_image="pictures/gone.png")

    submit_queued("dashscope", I2V)

    row.refresh_from_db()
    assert (row.status, row.error_code) == ("failed", "image")
    assert not service.creates


def test_a_stored_picture_is_sent_with_its_type(ask: Ask) -> None:
    row = ask(source_image=ContentFile(b"bytes of a picture", name="p.jpg"))

    assert picture_of(row) == SourceImage(content=b"bytes of a picture", content_type="image/jpeg")


def test_a_given_address_is_passed_on(ask: Ask) -> None:
    row = ask(source_url="https://example.org/first.png")

    assert picture_of(row) == SourceImage(url="https://example.org/first.png")


def test_a_picture_of_a_kind_that_nobody_sends_is_refused(service: Emulator, ask: Ask) -> None:
    row = ask(
        model=I2V, size="720P", source_image=ContentFile(b"a kind that nobody sends", name="p.tiff")
    )

    submit_queued("dashscope", I2V)

    row.refresh_from_db()
    assert (row.status, row.error_code) == ("failed", "image")
    assert not service.creates


class Silent(FileSystemStorage):
    """A storage that is down, as a bucket is that refuses or hangs."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        raise OSError("the bucket does not answer as it should")


def silent(storages: dict[str, Any]) -> dict[str, Any]:
    return {**storages, "default": {"BACKEND": f"{__name__}.Silent"}}


def test_while_the_storage_is_down_pictures_wait_in_line(
    service: Emulator, ask: Ask, settings: Any
) -> None:
    rows = [ask(model=I2V, size="720P", source_image=png()) for _ in range(2)]
    stored, settings.STORAGES = settings.STORAGES, silent(settings.STORAGES)

    for _ in rows:
        submit_queued("dashscope", I2V)

    assert not service.creates
    assert Generation.objects.queued().count() == 2
    assert SubmitThrottle.objects.get(model=I2V).failures == 1
    settings.STORAGES = stored
    SubmitThrottle.objects.update(next_at=timezone.now())
    submit_queued("dashscope", I2V)
    assert len(service.creates) == 2
