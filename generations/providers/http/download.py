"""Bringing a finished video home: a stream of bytes from a URL that is not trusted.

Each redirect is judged like the first URL: whether it goes by a proxy, too. The key goes along to
the service's own origin alone, when that has asked for it, and never by way of a redirect.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO

import requests
from urllib3.exceptions import HTTPError

from generations.providers.errors import DownloadError
from generations.providers.http.deadline import Deadline, DeadlineExceededError, resolve
from generations.providers.http.transport import proxies, proxy_for, session
from generations.providers.http.unpacking import NOT_PACKED, unpacked
from generations.providers.http.url_policy import ForbiddenURLError, URLPolicy, joined, origin

MAX_REDIRECTS = 3
CHUNK = 256 * 1024
REDIRECTS = (301, 302, 303, 307, 308)
UNAUTHORIZED = (401, 403)


class Download:
    """One way home: the rules (`guard`), the limits, the proxy.

    `authorization` is for files on the service's own origin that are not to be had without.
    """

    seconds = 600.0  # for the whole download
    silence = 30.0  # without any data

    def __init__(
        self, guard: URLPolicy, *, max_bytes: int, proxy: str = "", authorization: str = ""
    ) -> None:
        self.guard = guard
        self.max_bytes = max_bytes
        self.proxy = proxy
        self._authorization = authorization

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
        response = self._first(client, call, self.guard.secured(url))
        for _ in range(MAX_REDIRECTS):
            if response.status_code not in REDIRECTS:
                break
            response.close()
            url = self.guard.secured(joined(url, response.headers.get("Location", "").strip()))
            response = self._get(client, call, url)
        if problem := self._problem(response):
            response.close()
            raise DownloadError(detail=problem)
        return response

    def _first(self, client: requests.Session, call: Deadline, url: str) -> requests.Response:
        """The answer at `url`; from the very origin of the service, with the key if it insists."""
        response = self._get(client, call, url)
        if response.status_code not in UNAUTHORIZED or origin(url) != self.guard.home:
            return response
        response.close()
        return self._get(client, call, url, {"Authorization": self._authorization})

    def _get(
        self,
        client: requests.Session,
        call: Deadline,
        url: str,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        self.guard.check(url)
        proxy = proxy_for(url, self.proxy)
        if proxy:
            self.guard.check_unresolved(url)
        call.resolve = resolve if proxy else self.guard.resolve
        request = client.prepare_request(requests.Request("GET", url, headers=headers))
        return client.send(
            request,
            stream=True,
            allow_redirects=False,
            timeout=self.silence,
            proxies=proxies(proxy),
        )

    def _problem(self, response: requests.Response) -> str:
        if response.status_code in REDIRECTS:
            return "too many redirects"
        if response.status_code != 200:
            return f"HTTP {response.status_code}"
        length = response.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > self.max_bytes:
            return f"{length} bytes are more than the {self.max_bytes} allowed"
        return ""

    def _pieces(self, response: requests.Response, call: Deadline) -> Iterator[bytes]:
        total = 0
        pieces = unpacked(response.raw.stream(CHUNK, decode_content=False))
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
    except (requests.RequestException, HTTPError, OSError, ValueError, *NOT_PACKED) as error:
        problem = f"the transfer broke: {type(error).__name__}"
    if problem:  # outside of `except`: the original names the signed URL
        raise DownloadError(detail=problem) from None
