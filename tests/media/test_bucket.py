"""Videos and pictures in an S3 bucket, over real HTTP."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from generations import media
from generations.creation import uploads
from generations.media.bucket import Bucket
from generations.models import Generation
from generations.tasks.housekeeping import delete_files, purge
from generations.tasks.submit import submit_queued
from tests.bucket import BucketServer
from tests.emulator import Emulator
from tests.factory import VIDEO
from tests.films import draw_film
from tests.mp4_comment import read_metadata
from tests.tasks.conftest import ask, service, store_video, workers  # noqa: F401 (fixtures)


@pytest.fixture(scope="module")
def server() -> Iterator[BucketServer]:
    with BucketServer() as running:
        yield running


@pytest.fixture
def bucket(settings: Any, own_files: None, server: BucketServer) -> BucketServer:
    settings.STORAGES = {**settings.STORAGES, "default": server.storage}
    return server


@pytest.fixture
def dead_bucket(settings: Any, own_files: None, server: BucketServer) -> None:
    """Nothing listens where the bucket should be."""
    storage = server.storage
    storage["OPTIONS"]["endpoint_url"] = "http://127.0.0.1:9"
    settings.STORAGES = {**settings.STORAGES, "default": storage}


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (400, 400), "teal").save(file, "PNG")
    return file.getvalue()


def an_ask(**changes: Any) -> dict[str, Any]:
    picture = SimpleUploadedFile("teal.png", png(), "image/png")
    fields = {"id": uuid4(), "model": "sandbox/sandbox-i2v", "resolution": "720P"}
    return fields | {"prompt": "It moves", "image": picture} | changes


@pytest.mark.django_db
def test_a_video_is_answered_with_a_short_lived_link_that_has_ranges(
    bucket: BucketServer, make_generation: Callable[..., Generation], client: Any, owner: Any
) -> None:
    row = make_generation("succeeded")
    client.force_login(owner)

    answer = client.get(f"/v/{row.pk}/video.mp4")
    link = answer["Location"]

    assert answer.status_code == 302
    assert answer["Cache-Control"] == "private, no-store"
    assert link.startswith(f"{bucket.url}/studio-videos/")
    assert "X-Amz-Expires=300" in link
    assert "test-secret" not in link
    part = requests.get(link, headers={"Range": "bytes=5-9"}, timeout=60)
    assert (part.status_code, part.content) == (206, VIDEO[5:10])
    assert part.headers["Content-Range"] == f"bytes 5-9/{len(VIDEO)}"
    assert part.headers["Content-Type"] == "video/mp4"
    assert requests.get(link, timeout=60).content == VIDEO
    assert part.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.django_db
def test_a_strangers_video_has_no_link(
    bucket: BucketServer, make_generation: Callable[..., Generation], client: Any, stranger: Any
) -> None:
    row = make_generation("succeeded")
    client.force_login(stranger)
    assert client.get(f"/v/{row.pk}/video.mp4").status_code == 404


@pytest.mark.django_db
def test_downloads_carry_story_and_name(
    bucket: BucketServer, make_generation: Any, client: Any, owner: Any, tmp_path: Any
) -> None:
    film = draw_film(tmp_path / "film.mp4", frames=5).read_bytes()
    row = make_generation("succeeded", content=film)
    client.force_login(owner)

    told = b"".join(client.get(f"/v/{row.pk}/download/").streaming_content)
    plain = client.get(f"/v/{row.pk}/download/?plain")

    assert read_metadata(io.BytesIO(told))["prompt"] == "A fox in the snow"
    got = requests.get(plain["Location"], timeout=60)
    assert got.content == film
    assert "a-fox-in-the-snow" in got.headers["Content-Disposition"]
    zipped = client.post("/selection/", {"action": "download", "id": [row.pk]})
    assert film in b"".join(zipped.streaming_content)


@pytest.mark.django_db(transaction=True)
def test_the_worker_brings_video_and_poster_into_the_bucket(
    bucket: BucketServer,
    service: Emulator,  # noqa: F811
    ask: Any,  # noqa: F811
    workers: Any,  # noqa: F811
) -> None:
    row = ask("a paper boat")
    workers.until_ended()
    row.refresh_from_db()

    assert row.status == "succeeded"
    assert {row.video.name, row.poster.name} <= bucket.names()
    assert bucket.content(row.video.name) == service.content(row.remote_id)
    assert bucket.content(row.poster.name)[8:12] == b"WEBP"


@pytest.mark.django_db
def test_pictures_are_stored_shown_and_kept_for_a_corrected_form(
    bucket: BucketServer, client: Any, owner: Any
) -> None:
    client.force_login(owner)
    wrong = client.post("/", an_ask(seed="x"))
    token = wrong.context["form"]["kept_image"].value()
    assert uploads.kept(owner, token) is not None

    data = an_ask(kept_image=token)
    del data["image"]
    assert client.post("/", data).status_code == 302
    row = Generation.objects.get()
    assert row.source_image.name in bucket.names()
    link = client.get(f"/v/{row.pk}/picture")["Location"]
    assert requests.get(link, timeout=60).content == png()


@pytest.mark.django_db
def test_purging_takes_the_files_out_of_the_bucket(
    bucket: BucketServer, make_generation: Any
) -> None:
    row = make_generation("succeeded")
    name = row.video.name
    assert name in bucket.names()
    purge(Generation.objects.filter(pk=row.pk))
    delete_files()
    assert name not in bucket.names()


@pytest.mark.django_db
def test_kept_pictures_of_yesterday_are_removed(bucket: BucketServer, owner: Any) -> None:
    uploads.keep(owner, media.check_picture(io.BytesIO(png())))
    folder = f"kept/{owner.pk}/"
    assert any(name.startswith(folder) for name in bucket.names())
    from django.utils import timezone

    uploads.remove_old(timezone.now() + uploads.DAY * 2)
    assert not any(name.startswith(folder) for name in bucket.names())


@pytest.mark.django_db
def test_a_bucket_that_does_not_answer_is_a_sentence_and_never_a_row(
    dead_bucket: None, client: Any, owner: Any
) -> None:
    client.force_login(owner)
    answer = client.post("/", an_ask())
    assert answer.status_code == 200
    assert "could not be stored" in answer.content.decode()
    assert not Generation.objects.exists()


@pytest.mark.django_db
def test_a_wrong_form_stands_even_if_the_picture_cannot_be_kept(
    dead_bucket: None, client: Any, owner: Any
) -> None:
    client.force_login(owner)
    assert client.post("/", an_ask(seed="x")).status_code == 200


def test_what_goes_wrong_is_an_os_error(dead_bucket: None) -> None:
    for ask_it in (
        lambda: default_storage.save("a", ContentFile(b"a")),
        lambda: default_storage.open("a").read(),
        lambda: default_storage.exists("a"),
        lambda: default_storage.size("a"),
        lambda: default_storage.delete("a"),
        lambda: default_storage.listdir("a"),
    ):
        with pytest.raises(OSError, match="bucket"):
            ask_it()


def test_a_bucket_that_hangs_is_left_soon(bucket: BucketServer) -> None:
    config = default_storage.connection.meta.client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (5, 30)
    assert config.retries["total_max_attempts"] == 2


def test_what_is_not_there_is_said_to_be_so(bucket: BucketServer) -> None:
    with pytest.raises(FileNotFoundError):
        default_storage.open("nowhere")
    with pytest.raises(FileNotFoundError):
        default_storage.size("nowhere")
    assert not default_storage.exists("nowhere")


def test_of_a_file_only_what_is_read_is_fetched(bucket: BucketServer, monkeypatch: Any) -> None:
    content = bytes(range(256)) * 20_000
    default_storage.save("videos/long.mp4", ContentFile(content))
    asked: list[str] = []
    client = default_storage.connection.meta.client
    client.meta.events.register(
        "before-send.s3", lambda request, **_: asked.append(request.headers.get("Range", ""))
    )
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")  # who keeps a copy fails
    with default_storage.open("videos/long.mp4") as file:
        file.seek(5_000_000)
        assert file.read(10) == content[5_000_000:5_000_010]
        assert asked[1:] == [b"bytes=5000000-5119999"]
        file.seek(0)
        assert file.read() == content
        assert b"".join(file.chunks()) == content


def test_servers_that_are_not_amazons_get_no_checksums_that_they_refuse(
    bucket: BucketServer,
) -> None:
    sent: list[Any] = []
    client = default_storage.connection.meta.client
    client.meta.events.register("before-send.s3", lambda request, **_: sent.append(request))

    default_storage.save("videos/a.mp4", ContentFile(VIDEO))

    [put] = [request for request in sent if request.method == "PUT"]
    names = [name.lower() for name in put.headers]
    assert not [name for name in names if "checksum" in name or "trailer" in name]
    assert bucket.content("videos/a.mp4") == VIDEO


def test_amazon_checks_what_arrives(server: BucketServer) -> None:
    amazon = Bucket(**server.storage["OPTIONS"] | {"endpoint_url": None})
    assert amazon.client_config.request_checksum_calculation != "when_required"


@pytest.mark.django_db
def test_a_full_disk_pauses_downloads_into_the_bucket(
    bucket: BucketServer,
    service: Emulator,  # noqa: F811
    ask: Any,  # noqa: F811
    settings: Any,
) -> None:
    row = ask()
    submit_queued(row.provider, row.model)
    settings.WANSTUDIO_DISK_RESERVE_MB = 10**9
    service.advance(60)
    row.refresh_from_db()
    row.transition("storing", due_at=timezone.now())

    store_video(row.pk)

    row.refresh_from_db()
    assert "MB free" in row.error_detail
    assert not service.asked("download")
