"""A million nonsensical inputs, made from pieces that have broken such code before.

What this found is kept as ordinary tests beside the code. `make fuzz` runs it; the seed is printed.
"""

from __future__ import annotations

import io
import ipaddress
import json
import random
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generations.decoders.mp4 import find
from generations.forms.image_url import InvalidImageURLError, public_url
from generations.media.file_response import RangeNotSatisfiableError, parse_range
from generations.providers.dashscope import DashScope
from generations.providers.http.error_codes import passed_on
from generations.providers.http.redaction import redacted, redacted_json
from generations.providers.http.response import ParsedTask, parsed, retry_after
from generations.providers.http.url_policy import ForbiddenURLError, URLPolicy, is_public
from generations.providers.mulerouter import MuleRouter
from generations.providers.relay import Relay
from generations.providers.vtrix import Vtrix
from generations.text import normalize, replace_surrogates, truncate

pytestmark = pytest.mark.fuzz

SEED = secrets.randbits(64)
READERS = [
    adapter(alias="fuzz", api_key="k", base_url="https://service.example")
    for adapter in (DashScope, MuleRouter, Vtrix, Relay)
]
ODD = [
    "", " ", "\0", "\r\n", "0", "-1", "1e9", "9" * 400, "٣", "²", "Ⅷ", "é", "小猫", "🦊", "\ud800",
    "\u202e", "\ufeff", "%00", "%2e", "\\", "/", "//", "..", "@", ":", "#", "?", "[", "]", "=", ",",
    ";", "'", '"', "<", ">", "\t", "\x7f", "\xa0", "e\u0301" * 3,
]  # fmt: skip
RANGE = ["bytes=", "Bytes=", "bytes", "=", "-", "0-", "-0", "0-0", "1-", "-1", "5-2", "99-", ","]
URL = [
    "http://", "https://", "HTTPS:", "ftp://", "file:///", "//", "127.0.0.1", "127.1", "0x7f.1",
    "2130706433", "0177.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "[fe80::1%25eth0]", "localhost",
    "169.254.169.254", "10.0.0.1", "100.64.0.1", "8.8.8.8", "[2001:4860:4860::8888]", "①②⑦.⓪.⓪.①",
    "example.com", ".", "user:pw@", "@", ":80", ":0", ":99999", "/x", "?q", "#f", "metadata.google",
    ".internal", "%31", "。", "xn--", "a" * 300,
]  # fmt: skip
WORDS = [
    "output", "task_id", "task_status", "video_url", "code", "message", "task_info", "id", "status",
    "videos", "error", "data", "content", "url", "usage", "cost", "progress", "results",
    "SUCCEEDED", "succeeded", "FAILED", "completed", "PENDING", "UNKNOWN", "https://x.example/v.mp4",
    "result_url",
]  # fmt: skip


SECRETS = [
    "a-", "x-amz-", "x-oss-", "http://", "https://", "data:", ";a=b", ";base64,", "bearer ",
    "basic\t", "sk-", "://", "a=", "token", "secret", "api_key", "=", "?", "&", "@", "-", "_", ".",
    ": ", "A.b",
]  # fmt: skip


def joined(dice: random.Random, pieces: list[str]) -> str:
    return "".join(dice.choices(pieces + ODD, k=dice.randrange(1, 8)))


def value(dice: random.Random, depth: int = 0) -> Any:
    """Something JSON can hold, with the keys and words that services use."""
    kind = dice.randrange(9 if depth < 5 else 6)
    if kind >= 7:
        return {dice.choice(WORDS): value(dice, depth + 1) for _ in range(dice.randrange(5))}
    if kind == 6:
        return [value(dice, depth + 1) for _ in range(dice.randrange(4))]
    return (None, True, dice.choice((0, -1, 2**70, 1e308, 0.1)), dice.choice(ODD),
            dice.choice(WORDS), joined(dice, WORDS))[kind]  # fmt: skip


def ranges(dice: random.Random) -> None:
    header, size = joined(dice, RANGE), dice.choice((0, 1, 2, 4096, 2**40))
    try:
        found = parse_range(header, size)
    except RangeNotSatisfiableError:
        return
    assert found is None or 0 <= found[0] <= found[1] < size, (header, size, found)


def addresses(dice: random.Random) -> None:
    url = joined(dice, URL)
    guard = URLPolicy("https://service.example", ())
    try:
        guard.check(url)
    except ForbiddenURLError:
        return
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return  # a name: judged by what it resolves to
    if not (is_public(host) and ip.is_global):
        # An address with a zone is left to the second half, which judges what is connected.
        with pytest.raises((ForbiddenURLError, OSError)):
            guard.resolve(host, 443)


def links(dice: random.Random) -> None:
    try:
        link = public_url(joined(dice, URL))
    except InvalidImageURLError:
        return
    assert link.isascii() and link.startswith(("http://", "https://")), link
    assert urlsplit(link).username is None, link


def answers(dice: random.Random) -> None:
    body = json.dumps(value(dice)).encode()
    if dice.random() < 0.2:
        body = body[: dice.randrange(len(body) + 1)]
    read(parsed(body))


def read(body: dict[str, Any] | None) -> None:
    """What an adapter makes of an answer has the promised types, whatever the answer is."""
    for reader in READERS if body is not None else ():
        assert isinstance(reader.read_created(body), str), body
        reading = reader.read_task(body)
        assert isinstance(reading, ParsedTask), body
        assert isinstance(reading.word, str) and isinstance(reading.video_url, str), body
        assert reading.progress is None or isinstance(reading.progress, int), body
        assert all(isinstance(part, str) for part in reader.read_error(body)), body


def pauses(dice: random.Random) -> None:
    seconds = retry_after(joined(dice, ["1", "Fri, 31 Dec 2100 23:59:59 GMT", "GMT", "-5"]))
    assert seconds is None or 0 <= seconds <= 600


def texts(dice: random.Random) -> None:
    text = joined(dice, ["a", "\r", "\n", "👩‍👩‍👧", "\u0301"])
    limit = dice.randrange(1, 40)
    clean = normalize(replace_surrogates(text))
    assert truncate(clean, limit) + clean[limit:] == clean, (text, limit)
    assert len(truncate(clean, limit)) <= limit
    clean.encode()


def redactions(dice: random.Random) -> None:
    text = joined(dice, SECRETS)
    clean = redacted(f"{text} key-of-ours {text}", "key-of-ours")
    assert "key-of-ours" not in clean, text
    redacted_json({text: [text, {"url": text}]})
    clean.encode()


def boxes_of_files(dice: random.Random) -> None:
    boxes = [b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data", b"ftyp", b"mdat", b"\0" * 4]
    sizes = [0, 1, 7, 8, 9, 16, 40, 2**31, 2**32 - 1]
    content = b"".join(
        dice.choice(sizes).to_bytes(4) + dice.choice(boxes) + dice.randbytes(dice.randrange(9))
        for _ in range(dice.randrange(1, 9))
    )
    box = find(io.BytesIO(content), (b"moov", b"udta", b"meta"), 0, len(content))
    assert box is None or box.end <= len(content)


@pytest.mark.parametrize(
    ("try_one", "times"),
    [
        (ranges, 300_000), (addresses, 250_000), (links, 100_000), (answers, 100_000),
        (pauses, 100_000), (texts, 150_000), (boxes_of_files, 100_000), (redactions, 100_000),
    ],
)  # fmt: skip
def test_no_input_breaks_it(try_one: Callable[[random.Random], None], times: int) -> None:
    print(f"\n{try_one.__name__}: {times:,} inputs, seed {SEED}")
    dice = random.Random(SEED)
    for _ in range(times):
        try_one(dice)


@pytest.mark.parametrize("piece", [*SECRETS, *(f"{one}-" for one in SECRETS)])
def test_a_long_text_costs_no_more_than_its_length(piece: str) -> None:
    """A tenth of a second for a megabyte; squared it would be hours. The bound is generous."""
    text = (piece * 1_000_000)[:1_000_000]
    began = time.process_time()
    redacted(text, longest=len(text))
    passed_on("", text)
    READERS[0].classifier.meaning(400, (text, text))
    assert time.process_time() - began < 10


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(), inner, max_size=5)
    ),
)
LONG = settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))


@LONG
@given(st.dictionaries(st.sampled_from(WORDS), JSON, max_size=6))
def test_no_shape_of_answer_breaks_a_reader(body: dict[str, Any]) -> None:
    read(body)


@LONG
@given(st.text(), st.integers(min_value=0, max_value=2**63))
def test_no_text_breaks_the_range(header: str, size: int) -> None:
    try:
        parse_range("bytes=" + header, size)
    except RangeNotSatisfiableError:
        assert header
