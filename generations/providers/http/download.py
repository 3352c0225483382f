"""Bringing a finished video home: a stream of bytes from a URL that is not trusted.

No key goes along, and each redirect is judged like the first URL: whether it goes by a proxy, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from generations.providers.base import DownloadError
from generations.providers.http.deadline import Deadline, DeadlineExceededError, resolve
from generations.providers.http.transport import proxies, proxy_for, session
from generations.providers.http.url_policy import ForbiddenURLError, URLPolicy

MAX_REDIRECTS = 3
CHUNK = 256 * 1024
REDIRECTS = (301, 302, 303, 307, 308)
# How storage says that a signed URL is too old, or the file no longer there.
GONE = (403, 404, 410)


class Download:
    """One way home: the rules (`guard`), the limits, the proxy."""

    seconds = 600.0  # in all
    silence = 30.0  # without a byte

    def __init__(self, guard: URLPolicy, *, max_bytes: int, proxy: str = "") -> None:
        self.guard = guard
        self.max_bytes = max_bytes
        self.proxy = proxy

    def into(self, file: BinaryIO, url: str, on_chunk: Callable[[], object] | None = None) -> None:
        """Write what is behind `url` into `file`.

        Raises `DownloadError` for what the network does. What `file` or `on_chunk` raise goes
        through as it is.
        """
        with Deadline(self.seconds, resolve=self.guard.resolve) as call, session() as client:
            with _failures():
                response = self._response(client, call, url)
            with closing(response):
                for piece in self._pieces(response, call):
                    file.write(piece)
                    if on_chunk:
                        on_chunk()

    def _response(self, client: requests.Session, call: Deadline, url: str) -> requests.Response:
        for _ in range(MAX_REDIRECTS + 1):
            response = self._get(client, call, self.guard.secured(url))
            if response.status_code not in REDIRECTS:
                return self._checked(response)
            response.close()
            url = urljoin(url, response.headers.get("Location", ""))
        raise DownloadError(detail="too many redirects")

    def _get(self, client: requests.Session, call: Deadline, url: str) -> requests.Response:
        self.guard.check(url)
        proxy = proxy_for(url, self.proxy)
        if proxy:
            self.guard.check_unresolved(url)
        call.resolve = resolve if proxy else self.guard.resolve
        request = client.prepare_request(requests.Request("GET", url))
        return client.send(
            request,
            stream=True,
            allow_redirects=False,
            timeout=self.silence,
            proxies=proxies(proxy),
        )

    def _checked(self, response: requests.Response) -> requests.Response:
        problem = self._problem(response)
        if problem:
            response.close()
            raise DownloadError(detail=problem, gone=response.status_code in GONE)
        return response

    def _problem(self, response: requests.Response) -> str:
        if response.status_code != 200:
            return f"HTTP {response.status_code}"
        if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            return "the file is compressed, which we did not ask for"
        length = response.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > self.max_bytes:
            return f"{length} bytes are more than the {self.max_bytes} allowed"
        return ""

    def _pieces(self, response: requests.Response, call: Deadline) -> Iterator[bytes]:
        total = 0
        pieces = response.raw.stream(CHUNK, decode_content=False)
        while True:
            with _failures():
                piece = next(pieces, None)
                call.check()
            if piece is None:
                break
            total += len(piece)
            if total > self.max_bytes:
                raise DownloadError(detail=f"more than the {self.max_bytes} bytes allowed")
            yield piece
        if not total:
            raise DownloadError(detail="the file is empty")


@contextmanager
def _failures() -> Iterator[None]:
    """Whatever the network raises becomes `DownloadError`, in words that hold no URL."""
    problem = ""
    try:
        yield
    except ForbiddenURLError as error:
        problem = f"not fetched: {error}"
    except DeadlineExceededError:
        problem = "took too long"
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        problem = f"the transfer broke: {type(error).__name__}"
    if problem:  # outside of `except`: the original names the signed URL
        raise DownloadError(detail=problem) from None
