"""Every form of range, condition and storage."""

import hashlib
import io
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from django.db.models import FileField
from django.db.models.fields.files import FieldFile
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from generations.media.file_response import POLICY, VIDEO_POLICY, ranged, serve

CONTENT = bytes(range(256)) * 40 + b"the end"


SIZE = len(CONTENT)


ETAG = hashlib.sha256(CONTENT).hexdigest()


def test_no_policy_of_a_file_lets_it_run_anything() -> None:
    picture = ranged(
        RequestFactory().get("/"), io.BytesIO(CONTENT), size=SIZE, content_type="a/b", etag=ETAG
    )
    assert picture["Content-Security-Policy"] == POLICY == "default-src 'none'; sandbox"
    assert VIDEO_POLICY.startswith("default-src 'none'; ") and "script" not in VIDEO_POLICY


def ask(method: str = "GET", content: bytes = CONTENT, **headers: str) -> HttpResponseBase:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = RequestFactory().generic(method, "/video.mp4", headers=sent)
    return ranged(
        request,
        io.BytesIO(content),
        size=len(content),
        content_type="video/mp4",
        etag=ETAG,
    )


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response) if response.streaming else response.content


ONE_RANGE = [
    ("bytes=0-0", 0, 0),
    ("bytes=0-1", 0, 1),
    ("bytes=5-9", 5, 9),
    ("bytes=5-", 5, SIZE - 1),
    ("bytes=0-", 0, SIZE - 1),
    ("bytes=-1", SIZE - 1, SIZE - 1),
    ("bytes=-7", SIZE - 7, SIZE - 1),
    (f"bytes=-{SIZE}", 0, SIZE - 1),
    (f"bytes=-{SIZE + 1}", 0, SIZE - 1),
    (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
    (f"bytes={SIZE - 1}-{SIZE - 1}", SIZE - 1, SIZE - 1),
    (f"bytes=5-{SIZE}", 5, SIZE - 1),
    ("bytes=5-" + "9" * 30, 5, SIZE - 1),
    ("Bytes=5-9", 5, 9),
    (" bytes=5-9 ", 5, 9),
]


@pytest.mark.parametrize(("header", "first", "last"), ONE_RANGE)
def test_one_range_is_answered_with_exactly_its_bytes(header: str, first: int, last: int) -> None:
    response = ask(Range=header)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response["Content-Length"] == str(last - first + 1)
    assert body(response) == CONTENT[first : last + 1]


@pytest.mark.parametrize(
    "header", [f"bytes={SIZE}-", "bytes=99999-100000", "bytes=-0", "bytes=" + "9" * 40 + "-"]
)
def test_a_range_past_the_end_is_answered_with_the_size(header: str) -> None:
    response = ask(Range=header)
    assert (response.status_code, body(response)) == (416, b"")
    assert response["Content-Range"] == f"bytes */{SIZE}"


NONSENSE = """
bytes=5-2|bytes=0-1,4-5|bytes=0-1,|bytes=-|bytes=|bytes|bytes=a-b|bytes=1-2-3|bytes=--1|bytes=+1-2
bytes=1 - 2|bytes=٣-٤|items=0-1|0-1|bytes=0x1-2|bytes=1.0-2
"""


@pytest.mark.parametrize(
    "header", ["", f"bytes={'9' * 5000}-", *NONSENSE.strip().replace("\n", "|").split("|")]
)
def test_several_ranges_and_nonsense_are_answered_with_the_whole(header: str) -> None:
    response = ask(Range=header)
    assert (response.status_code, body(response)) == (200, CONTENT)
    assert "Content-Range" not in response
    assert response["Content-Length"] == str(SIZE)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-5"])
def test_an_empty_file_has_no_range(header: str) -> None:
    assert ask(content=b"", Range=header).status_code == 416


def test_an_empty_file_is_whole_without_a_range() -> None:
    response = ask(content=b"")
    assert (response.status_code, response["Content-Length"], body(response)) == (200, "0", b"")


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-1"}, {"Range": "bytes=99999-"}])
def test_head_tells_the_whole_size_and_sends_nothing(headers: dict[str, str]) -> None:
    response = ask("HEAD", **headers)
    assert (response.status_code, response["Content-Length"], body(response)) == (
        200,
        str(SIZE),
        b"",
    )
    assert response["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("tag", [f'"{ETAG}"', f'W/"{ETAG}"', f'"other", "{ETAG}"', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_client_has_is_not_sent_again(method: str, tag: str) -> None:
    response = ask(method, If_None_Match=tag, Range="bytes=0-1")
    assert (response.status_code, body(response)) == (304, b"")
    assert response["ETag"] == f'"{ETAG}"'
    assert response["Cache-Control"] == "private, no-cache"


def test_another_version_is_sent() -> None:
    assert ask(If_None_Match='"other"').status_code == 200


def test_a_date_changes_nothing() -> None:
    since = "Sun, 01 Mar 2026 12:00:00 GMT"
    assert ask(If_Modified_Since=since).status_code == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (f'"{ETAG}"', 206),
        ('"other"', 200),
        (f'W/"{ETAG}"', 200),
        (ETAG, 200),
        ("Sun, 01 Mar 2026 12:00:00 GMT", 200),
        ("yesterday", 200),
        ("", 200),
    ],
)
def test_if_range_sends_the_part_only_of_the_same_file(condition: str, status: int) -> None:
    response = ask(Range="bytes=2-3", If_Range=condition)
    assert response.status_code == status
    assert body(response) == (CONTENT[2:4] if status == 206 else CONTENT)


def test_if_range_of_another_file_hides_a_range_past_the_end() -> None:
    assert ask(Range="bytes=99999-", If_Range='"other"').status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Range": "bytes=0-1"}, {"Range": "bytes=99999-"}, {"If-None-Match": f'"{ETAG}"'}],
)
def test_every_answer_is_private_asked_for_again_and_inert(headers: dict[str, str]) -> None:
    response = ask(**headers)
    assert response["Cache-Control"] == "private, no-cache"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == VIDEO_POLICY
    assert response["Accept-Ranges"] == "bytes"
    assert "Last-Modified" not in response


@pytest.mark.parametrize(
    "headers",
    [{}, {"Range": "bytes=0-1"}, {"Range": "bytes=99999-"}, {"If-None-Match": "*"}],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.django_db  # the end of an answer lets Django look after its connections
def test_the_file_is_closed_with_the_answer(method: str, headers: dict[str, str]) -> None:
    file = io.BytesIO(CONTENT)
    request = RequestFactory().generic(method, "/", headers=headers)
    ranged(request, file, size=SIZE, content_type="video/mp4", etag=ETAG).close()
    assert file.closed


# Storages


def stored(storage: object, name: str = "videos/小猫 1.mp4") -> FieldFile:
    return FieldFile(None, FileField(storage=storage), name)


def serve_from(storage: object, **options: str) -> HttpResponseBase:
    request = RequestFactory().get("/", headers={"Range": "bytes=1-3"})
    return serve(request, stored(storage), content_type="video/mp4", etag=ETAG, **options)


@pytest.fixture
def local(tmp_path: Path) -> FileSystemStorage:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos/小猫 1.mp4").write_bytes(CONTENT)
    return FileSystemStorage(tmp_path)


def test_a_local_file_is_served_in_ranges(local: FileSystemStorage) -> None:
    response = serve_from(local)
    assert (response.status_code, body(response)) == (206, CONTENT[1:4])
    assert response["Content-Type"] == "video/mp4"
    assert "Content-Disposition" not in response


def test_a_download_gets_its_name(local: FileSystemStorage) -> None:
    response = serve_from(local, download_name="小猫.mp4")
    assert response["Content-Disposition"] == (
        "attachment; filename=\"video.mp4\"; filename*=utf-8''%E5%B0%8F%E7%8C%AB.mp4"
    )


def test_a_file_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        serve_from(FileSystemStorage(tmp_path))


def test_a_storage_without_paths_or_links_is_read_through() -> None:
    storage = InMemoryStorage()
    storage.save("videos/小猫 1.mp4", io.BytesIO(CONTENT))
    assert body(serve_from(storage)) == CONTENT[1:4]


def test_nginx_is_handed_the_file(local: FileSystemStorage, settings: object) -> None:
    settings.WANSTUDIO_SENDFILE = "nginx"
    response = serve_from(local, download_name="cat.mp4")
    assert response["X-Accel-Redirect"] == "/_media/videos/%E5%B0%8F%E7%8C%AB%201.mp4"
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Disposition"] == 'attachment; filename="cat.mp4"'
    assert response["Cache-Control"] == "private, no-cache"
    assert (response.status_code, response.content) == (200, b"")


def test_s3_is_redirected_to_by_a_short_lived_link() -> None:
    from storages.backends.s3 import S3Storage

    storage = S3Storage(
        bucket_name="films",
        access_key="public-name",
        secret_key="hidden-part",
        endpoint_url="https://s3.example.org",
        region_name="eu-1",
        signature_version="s3v4",
    )
    response = serve_from(storage, download_name="cat.mp4")
    assert response.status_code == 302
    assert response["Cache-Control"] == "private, no-store"
    link = response["Location"]
    assert link.startswith("https://s3.example.org/films/videos/") or "films.s3.example.org" in link
    assert "X-Amz-Expires=300" in link
    assert "response-content-disposition=attachment" in link
    assert "response-content-type=video%2Fmp4" in link
    assert "response-cache-control=private%2C%20no-cache" in link
    assert "hidden-part" not in link
