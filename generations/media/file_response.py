"""Answer a stored file over HTTP: whole, in part, or by handing it to nginx or to S3."""

from __future__ import annotations

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

# A browser asks each time whether it may show what it has: another person may sit there, or the
# owner may have stopped sharing. Whatever a file contains, a browser must not run it.
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}

# One range of at most 1,000 digits: `int` refuses to read far longer ones.
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
    """Answer a stored file by the shortest way its storage allows. Who may see it is settled.

    With `download_name` the browser saves it under that name. For `keep_seconds` it may show the
    file again without asking. Raises `FileNotFoundError` when a local file is gone.
    """
    response = _served(request, field_file, content_type, etag, download_name)
    if keep_seconds and response.status_code != 302:
        response["Cache-Control"] = f"private, max-age={keep_seconds}"
    return response


def unchanged(request: HttpRequest, etag: str, *, keep_seconds: int) -> HttpResponse | None:
    """304 if the browser has this file already: it is neither looked for nor opened then."""
    response = get_conditional_response(request, quote_etag(etag))
    if not isinstance(response, HttpResponseNotModified):
        return None
    _describe(response, None)
    response["ETag"] = quote_etag(etag)
    response["Cache-Control"] = f"private, max-age={keep_seconds}"
    return response


def _served(
    request: HttpRequest,
    field_file: FieldFile,
    content_type: str,
    etag: str,
    download_name: str | None,
) -> HttpResponseBase:
    storage, name = field_file.storage, str(field_file.name)
    if link := _link(storage, name, content_type, download_name):
        response: HttpResponseBase = HttpResponseRedirect(link)
        response["Cache-Control"] = "private, no-store"
        return response
    if settings.WANSTUDIO_SENDFILE == "nginx":
        return handed_over(name, content_type=content_type, download_name=download_name)
    return ranged(
        request,
        cast("BinaryIO", storage.open(name)),
        size=storage.size(name),
        content_type=content_type,
        etag=etag,
        filename=download_name,
    )


def handed_over(name: str, *, content_type: str, download_name: str | None = None) -> HttpResponse:
    """Leave the file to nginx, which does ranges and conditions itself.

    nginx keeps the type, disposition and caching of this answer; its internal location adds
    the other headers.
    """
    response = HttpResponse(content_type=content_type)
    _describe(response, download_name)
    response["X-Accel-Redirect"] = NGINX_LOCATION + quote(name)
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
    response = _answer(request, file, size, content_type, quote_etag(etag))
    _describe(response, filename)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = quote_etag(etag)
    return response


def _answer(
    request: HttpRequest,
    file: BinaryIO,
    size: int,
    content_type: str,
    etag: str,
) -> HttpResponseBase:
    unchanged = get_conditional_response(request, etag)
    if unchanged is not None:
        file.close()
        return unchanged
    try:
        part = _wanted(request, size, etag)
    except RangeNotSatisfiableError:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    return _body(request, file, size, content_type, part)


def _wanted(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """First and last byte, or None for all. Only GET has ranges (RFC 9110, 14.2)."""
    if request.method != "GET" or not _if_range_holds(request, etag):
        return None
    return parse_range(request.headers.get("Range", ""), size)


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


def _if_range_holds(request: HttpRequest, etag: str) -> bool:
    """True unless the client has parts of another file. Dates and weak tags never match."""
    condition = request.headers.get("If-Range")
    return condition is None or (condition == etag and not etag.startswith("W/"))


def _body(
    request: HttpRequest,
    file: BinaryIO,
    size: int,
    content_type: str,
    part: tuple[int, int] | None,
) -> HttpResponseBase:
    start, end = part or (0, size - 1)
    response: HttpResponseBase
    if request.method == "HEAD":
        file.close()
        response = HttpResponse(content_type=content_type)
    else:
        status = 206 if part else 200
        window = Window(file, start, end - start + 1)
        response = FileResponse(window, status=status, content_type=content_type)
        response.block_size = 64 * 1024
    if part:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Length"] = str(end - start + 1)
    return response


def _describe(response: HttpResponseBase, filename: str | None) -> None:
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
    """Does the storage serve files itself, by signed links? (django-storages' mark of it.)"""
    return hasattr(storage, "querystring_auth")


def _link(storage: Storage, name: str, content_type: str, filename: str | None) -> str | None:
    """A short-lived address where the storage itself serves the file; None if it does not."""
    if not has_links(storage):
        return None
    parameters: dict[str, Any] = {
        "ResponseContentType": content_type,
        "ResponseCacheControl": HEADERS["Cache-Control"],
    }
    if filename is not None:
        parameters["ResponseContentDisposition"] = attachment(filename)
    signed: Any = storage  # django-storages takes more arguments than Django promises
    return str(signed.url(name, parameters=parameters, expire=LINK_SECONDS))
