"""Sends a stored file over HTTP: whole or in ranges, or through nginx or S3."""

import re
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import Storage
from django.db.models.fields.files import FieldFile
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import (
    content_disposition_header,
    quote_etag,
)

# The internal location that nginx maps to MEDIA_ROOT (`WANSTUDIO_SENDFILE=nginx`).
NGINX_LOCATION = "/_media/"
LINK_SECONDS = 300  # how long a link to S3 lives

# The browser must ask before it shows a stored copy: another person may use it now, or the owner
# may have stopped sharing. It must never run what a file contains.
HEADERS = {
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
}
POLICY = "default-src 'none'; sandbox"
# For a video in a tab of its own, the browser makes a document with styles, which loads the video
# once more from the same origin. No script can run in it.
VIDEO_POLICY = (
    "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox allow-same-origin"
)

# One range with at most 1,000 digits: `int` refuses much longer numbers.
ONE_RANGE = re.compile(r"bytes=([0-9]{0,1000})-([0-9]{0,1000})", re.IGNORECASE)


class RangeNotSatisfiableError(Exception):
    """The range is well formed, but not one of its bytes exists."""


def serve(
    request: HttpRequest,
    field_file: FieldFile,
    *,
    content_type: str,
    etag: str,
    download_name: str | None = None,
    keep_seconds: int = 0,
) -> HttpResponseBase:
    """Send a stored file in the fastest way that its storage allows. Permissions were checked.

    With `download_name`, the browser saves it under that name. For `keep_seconds`, it may show the
    file again without asking. Raises `FileNotFoundError` if a local file is missing.
    """
    storage, name = field_file.storage, str(field_file.name)
    if has_links(storage):
        link = _link(storage, name, content_type, download_name)
        return HttpResponseRedirect(link, headers={"Cache-Control": "private, no-store"})
    response: HttpResponseBase
    if settings.WANSTUDIO_SENDFILE == "nginx":
        # nginx handles ranges and conditions. It keeps the type, disposition and caching of this
        # response and adds the other headers in the internal location.
        response = HttpResponse(content_type=content_type)
        _describe(response, content_type, download_name)
        response["X-Accel-Redirect"] = NGINX_LOCATION + quote(name)
    else:
        file, size = cast("BinaryIO", storage.open(name)), storage.size(name)
        response = ranged(
            request, file, size=size, content_type=content_type, etag=etag, filename=download_name
        )
    if keep_seconds:
        response["Cache-Control"] = f"private, max-age={keep_seconds}"
    return response


def unchanged(request: HttpRequest, etag: str, *, keep_seconds: int) -> HttpResponse | None:
    """304 if the browser has this file; it is not opened then."""
    response = get_conditional_response(request, quote_etag(etag))
    if not isinstance(response, HttpResponseNotModified):
        return None
    _describe(response, "", None)
    response["ETag"] = quote_etag(etag)
    response["Cache-Control"] = f"private, max-age={keep_seconds}"
    return response


def ranged(
    request: HttpRequest,
    file: BinaryIO,
    *,
    size: int,
    content_type: str,
    etag: str,
    filename: str | None = None,
) -> HttpResponseBase:
    """The open `file` of `size` bytes as 200, 206, 304, 412 or 416 (RFC 9110, 13 and 14).

    One range is served. Several ranges, nonsense and other units are answered with the whole,
    as the RFC allows. The file is closed with the response.
    """
    etag = quote_etag(etag)
    response = get_conditional_response(request, etag) or _content(
        request, file, size, content_type, etag
    )
    if not isinstance(response, FileResponse):
        file.close()
    _describe(response, content_type, filename)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    return response


def _content(
    request: HttpRequest, file: BinaryIO, size: int, content_type: str, etag: str
) -> HttpResponseBase:
    # Only GET has ranges (RFC 9110, 14.2), unless the client has parts of another file.
    has_range = request.method == "GET" and request.headers.get("If-Range", etag) == etag
    try:
        part = parse_range(request.headers.get("Range", ""), size) if has_range else None
    except RangeNotSatisfiableError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, end = part or (0, size - 1)
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=content_type)
    else:
        window = Window(file, start, end - start + 1)
        response = FileResponse(window, status=206 if part else 200, content_type=content_type)
        response.block_size = 64 * 1024
    if part:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Length"] = str(end - start + 1)
    return response


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of the one range in `header`; None when it is to be ignored.

    Raises `RangeNotSatisfiableError`.
    """
    found = ONE_RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:  # the last n bytes
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), int(last) if last else size - 1
        if last and end < start:
            return None
    if start >= size:
        raise RangeNotSatisfiableError
    return start, min(end, size - 1)


def _describe(response: HttpResponseBase, content_type: str, filename: str | None) -> None:
    is_video = content_type.startswith("video/")
    response["Content-Security-Policy"] = VIDEO_POLICY if is_video else POLICY
    for name, value in HEADERS.items():
        response[name] = value
    if filename is not None:
        response["Content-Disposition"] = attachment(filename)


def attachment(filename: str) -> str:
    """Both spellings of the name (RFC 6266, 4.3): downloaders that know one know ASCII."""
    plain = filename.encode("ascii", "ignore").decode().lstrip("-_ ")
    plain = f"video{plain}" if plain.startswith(".") else plain
    header = str(content_disposition_header(True, plain))
    return header if plain == filename else f"{header}; filename*=utf-8''{quote(filename)}"


class Window:
    """`length` bytes of an open file from `start`, as a WSGI server wants them.

    gunicorn sends Content-Length bytes from the position of `fileno()` by sendfile(2) (27.0,
    `http/wsgi.py`); servers without it call `read()`, which stops where the window ends.
    """

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        file.seek(start)
        self.file, self.left = file, length

    def read(self, size: int = -1) -> bytes:
        wanted = self.left if size < 0 else min(size, self.left)
        data = self.file.read(wanted)
        self.left -= len(data)
        return data

    def fileno(self) -> int:
        return self.file.fileno()

    def close(self) -> None:
        self.file.close()


def has_links(storage: Storage) -> bool:
    """Whether the storage serves files itself by signed links (an attribute of django-storages)."""
    return hasattr(storage, "querystring_auth")


def _link(storage: Any, name: str, content_type: str, filename: str | None) -> str:
    """A temporary URL of the storage itself."""
    parameters = {
        "ResponseContentType": content_type,
        "ResponseCacheControl": HEADERS["Cache-Control"],
    }
    if filename is not None:
        parameters["ResponseContentDisposition"] = attachment(filename)
    return str(storage.url(name, parameters=parameters, expire=LINK_SECONDS))
