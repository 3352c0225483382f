"""The code that an authenticator app shows, as RFC 6238 has it."""

from __future__ import annotations

import base64
import hmac
import struct
import time


def totp(key: str, steps: int = 0) -> str:
    """The code of now for a Base32 key; `steps` of 30 seconds later."""
    counter = int(time.time()) // 30 + steps
    digest = hmac.new(base64.b32decode(key), struct.pack(">Q", counter), "sha1").digest()
    start = digest[-1] & 15
    (number,) = struct.unpack(">I", digest[start : start + 4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"
