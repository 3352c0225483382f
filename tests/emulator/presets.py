"""Every line of the fault list by name: what a service, a gateway or a network may do to us.

`CREATE`, `POLL` and `DOWNLOAD` are what tests run through; names are unique within a verb.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = "<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1><p>nginx</p>"
MEGABYTE = 1024 * 1024
FILTERED = "<!doctype html><title>405</title><p>Your request has been blocked by the firewall.</p>"
# What stands behind a relay, as the relay passes it on.
BEHIND = {"code": "Arrearage", "message": "Access denied, your account is not in good standing."}


def _code(status: int, code: str, message: str = "", **more: Any) -> dict[str, Any]:
    return {"status": status, "code": code, "message": message or code, **more}


def _throttled(retry_after: str) -> dict[str, Any]:
    return _code(
        429,
        "Throttling.RateQuota",
        "Requests rate limit exceeded, please try again later.",
        headers={"Retry-After": retry_after} if retry_after else {},
    )


def _spoilt(body: str | bytes, **more: Any) -> dict[str, Any]:
    return {"status": 200, "headers": JSON, "body": body, **more}


# Refusals in the protocol's own shape. Nothing has happened.
REFUSALS: dict[str, dict[str, Any]] = {
    "400": _code(400, "InvalidParameter", "Required parameter is missing or invalid."),
    "401": _code(401, "InvalidApiKey", "Invalid API-key provided."),
    "400 words": _code(400, "", "This cannot be made."),
    "402": _code(402, "InsufficientBalance", "Insufficient balance."),
    "403": _code(403, "AccessDenied", "Access denied."),
    "404": _code(404, "ModelNotFound", "Model not exist."),
    "408": _code(408, "RequestTimeOut", "Request timed out, please try again later."),
    "413": _code(413, "BadRequest.TooLarge", "Payload too large."),
    "500": _code(500, "InternalError", "An internal error has occurred, please try again later."),
    "503": _code(503, "ModelUnavailable", "Model is unavailable, please try again later."),
    "429": _throttled(""),
    "429 seconds": _throttled("2"),
    "429 huge": _throttled("999999999"),
    "429 negative": _throttled("-5"),
    "429 date": _throttled("Fri, 31 Dec 2100 23:59:59 GMT"),
    "429 past date": _throttled("Thu, 01 Jan 1970 00:00:00 GMT"),
    "429 nonsense": _throttled("soon"),
    "arrearage": _code(
        400, "Arrearage", "Access denied, please make sure your account is in good standing."
    ),
    "overdue": _code(429, "PostpaidBillOverdue", "The postpaid bill is overdue."),
    "no quota": _code(429, "Throttling.AllocationQuota", "Allocated quota exceeded."),
    "free tier": _code(403, "AllocationQuota.FreeTierOnly", "The free tier has been exhausted."),
    "unpurchased": _code(403, "AccessDenied.Unpurchased", "Model is not purchased."),
    "model denied": _code(403, "Model.AccessDenied", "Model access denied."),
    "workspace denied": _code(403, "Workspace.AccessDenied", "Workspace access denied."),
    "model missing": _code(404, "InvalidParameter", "Model not exist."),
    "no channel": _code(
        503, "model_not_found", "分组 default 下模型 wan 无可用渠道（distributor）"
    ),
    "no valid channel": _code(500, "no_valid_channel_error", "no_valid_channel_error"),
    "quoted arrearage": _code(400, "fail_to_fetch_task", json.dumps(BEHIND)),
    "content": _code(
        400,
        "DataInspectionFailed",
        "Input or output data may contain inappropriate content.",
    ),
    "content 403": _code(403, "DataInspectionFailed", "Input data may be inappropriate."),
    "content 429": _code(429, "DataInspectionFailed", "Input data may be inappropriate."),
}

# Answers that say nothing usable, and connections that break. For a create the charge has
# happened unless the name says otherwise.
BROKEN: dict[str, dict[str, Any]] = {
    "500 empty": {"status": 500, "body": "", "charge": True},
    "502 html": {"status": 502, "headers": HTML, "body": PAGE, "charge": True},
    "504 html": {"status": 504, "headers": HTML, "body": PAGE, "charge": True},
    "200 without id": _spoilt('{"request_id": "r", "output": {}}', charge=True),
    "200 other words": _spoilt('{"code": 1, "message": "success", "data": {"id": 7}}', charge=True),
    "200 html": {"status": 200, "headers": HTML, "body": PAGE, "charge": True},
    "200 credits": _spoilt('{"code": 402, "msg": "Insufficient credits"}'),
    "403 html": {"status": 403, "headers": HTML, "body": FILTERED},
    "403 empty": {"status": 403, "body": ""},
    "405 html": {"status": 405, "headers": HTML, "body": FILTERED},
    "520 html": {"status": 520, "headers": HTML, "body": PAGE, "charge": True},
    "521 html": {"status": 521, "headers": HTML, "body": PAGE},
    "522 html": {"status": 522, "headers": HTML, "body": PAGE, "charge": True},
    "413 html": {"status": 413, "headers": HTML, "body": PAGE},
    "200 list": _spoilt("[]", charge=True),
    "200 null": _spoilt("null", charge=True),
    "empty": _spoilt("", charge=True),
    "truncated json": _spoilt('{"request_id": "r", "output": {"task_id": "0385', charge=True),
    "10 MB json": _spoilt(b'{"output": "' + b"x" * (10 * MEGABYTE) + b'"}', charge=True),
    "deep json": _spoilt("[" * 100_000, charge=True),
    "invalid utf-8": _spoilt(b'{"output": {"task_id": "\xff\xfe\x80"}}', charge=True),
    "redirect": {"status": 302, "headers": {"Location": "/elsewhere"}, "body": ""},
    "hang": {"manner": "hang", "charge": True},
    "header drip": {"manner": "header drip", "charge": True},
    "body drip": {"manner": "body drip", "charge": True},
    "cut": {"manner": "cut", "charge": True},
    "reset before": {"manner": "reset"},
    "reset after": {"manner": "reset", "charge": True},
    "reset in body": {"manner": "reset in body", "charge": True},
    "close": {"manner": "close", "charge": True},
}

# Accepted, and the task ends badly.
LATE: dict[str, dict[str, Any]] = {
    "late content": {"failure": REFUSALS["content"]},
    "late ip": {"failure": _code(0, "IPInfringementSuspect", "Input data is suspected of IP.")},
    "late internal": {"failure": _code(0, "InternalError.Algo", "An algorithm error occurred.")},
    "late arrearage": {"failure": _code(0, "Arrearage", "Not in good standing.")},
    "late free tier": {"failure": _code(0, "AllocationQuota.FreeTierOnly", "Used up.")},
    "late words": {"failure": _code(0, "", "Video generation failed.")},
    "late unheard": {"failure": _code(0, "SomethingNew.Entirely", "An unheard-of reason.")},
}
for _late in LATE.values():
    _late.update(failure=(_late["failure"]["code"], _late["failure"]["message"]), charge=True)

# State words: neutral ones are put into the protocol's own, others go out as they are.
WORDS: dict[str, dict[str, Any]] = {
    **{word: {"words": (word,)} for word in ("pending", "running", "succeeded", "failed")},
    "canceled": {"words": ("canceled",)},
    "unknown": {"words": ("unknown",)},
    "suspended": {"words": ("SUSPENDED",)},
    "unheard word": {"words": ("POLISHING",)},
    "empty word": {"words": (" ",)},
    "flapping": {"words": ("running", "pending"), "times": 6},
    "wrong id": {"echo": "00000000-0000-4000-8000-00000000dead"},
    "without url": {"words": ("succeeded",), "url": ""},
    "url without host": {"words": ("succeeded",), "url": "https://does-not-exist.invalid/v.mp4"},
    "429 storm": {**_throttled(""), "times": 20},
}

# Tasks in the shapes of relays: what the software that they are made of says, and some of its
# forks. Every service of the emulator gives them on demand, whatever its own shape is.
_FAILED = {"task_id": "$task", "fail_reason": "upstream refused", "data": None}
_DONE = {"task_id": "$task", "status": "SUCCESS"}
_INSIDE = {"task_id": "upstream-1", "task_status": "SUCCEEDED", "video_url": "$url"}
_SHAPES: dict[str, dict[str, Any]] = {
    "relay SUCCEEDED": {
        "task_id": "$task",
        "status": "SUCCEEDED",
        "progress": "100%",
        "data": {"output": "$url"},
    },
    "relay COMPLETED": {"task_id": "$task", "status": "COMPLETED", "data": {"output": "$url"}},
    "relay FAILED": {**_FAILED, "status": "FAILED"},
    "relay CANCELLED": {**_FAILED, "status": "CANCELLED"},
    "relay cancelled": {**_FAILED, "status": "cancelled"},
    "relay wrapped failure": {"code": "success", "data": {**_FAILED, "status": "FAILURE"}},
    "relay result_url": {**_DONE, "result_url": "$url"},
    "relay upstream inside": {**_DONE, "data": {"output": _INSIDE}},
    "relay wrapped": {
        "code": "success",
        "message": "",
        "data": {**_DONE, "id": 17, "fail_reason": "", "data": {"output": _INSIDE}},
    },
    "relay url as reason": {"code": "success", "data": {**_DONE, "fail_reason": "$url"}},
    "relay openai": {"id": "$task", "status": "completed", "metadata": {"url": "$url"}},
    "relay path": {**_DONE, "result_url": "$path"},
    "relay url with key": {**_DONE, "result_url": "$base/v1/videos/$task/content"},
    "unheard word and url": {"task_id": "$task", "status": "POLISHED", "video_url": "$url"},
    "no word and url": {"task_id": "$task", "video_url": "$url"},
    "done but refused": {
        "output": {
            "task_id": "$task",
            "task_status": "SUCCEEDED",
            "results": [{"code": "DataInspectionFailed", "message": "Output is inappropriate."}],
        }
    },
}
SHAPES = {name: _spoilt(json.dumps(body)) for name, body in _SHAPES.items()}
SHAPES |= {
    "byte order mark": {"prefix": "\ufeff"},
    "early hints": {"manner": "early hints"},
    "404 html": {"status": 404, "headers": HTML, "body": PAGE},
    "task_not_exist": {
        "status": 400,
        "headers": JSON,
        "body": '{"code": "task_not_exist", "message": "task_not_exist", "data": null}',
    },
    "moved here": {"status": 301, "headers": {"Location": "$base/moved$asked"}, "body": ""},
    "moved away": {
        "status": 308,
        "headers": {"Location": "https://moved.example/v2?key=secret"},
        "body": "",
    },
}

# Creates that are accepted, or certainly not, in unusual words.
ACCEPTED: dict[str, dict[str, Any]] = {
    "id alone": _spoilt('{"id": "$task", "status": "queued"}', charge=True),
    "generation_id": _spoilt('{"generation_id": "$task"}', charge=True),
    "wrapped id": _spoilt('{"code": "success", "data": {"id": "$task"}}', charge=True),
    "two ids": _spoilt('{"id": "call-1", "data": {"task_id": "$task"}}', charge=True),
    "accepted with byte order mark": {"prefix": "\ufeff", "charge": True},
    "accepted after early hints": {"manner": "early hints", "charge": True},
}

_REDIRECT_TARGETS = {
    "redirect to loopback": "http://127.0.0.1:1/clip.mp4",
    "redirect to localhost": "http://localhost:1/clip.mp4",
    "redirect to metadata": "http://169.254.169.254/latest/meta-data/",
    "redirect to private": "http://10.0.0.1/clip.mp4",
    "redirect to mapped": "http://[::ffff:127.0.0.1]:1/clip.mp4",
    "redirect to file": "file:///etc/passwd",
    "redirect to nothing": "",
}

DOWNLOADS: dict[str, dict[str, Any]] = {
    "403": {
        "status": 403,
        "headers": {"Content-Type": "application/xml"},
        "body": (
            '<?xml version="1.0"?><Error><Code>AccessDenied</Code>'
            "<Message>Request has expired.</Message></Error>"
        ),
    },
    "404": {
        "status": 404,
        "headers": {"Content-Type": "application/xml"},
        "body": ('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'),
    },
    "429": {"status": 429, "body": ""},
    "500": {"status": 500, "body": ""},
    "503": {"status": 503, "headers": HTML, "body": PAGE},
    "empty": {"status": 200, "headers": {"Content-Type": "video/mp4"}, "body": ""},
    "truncated": {"manner": "cut"},
    "no length": {"manner": "no length"},
    "no length truncated": {"manner": "no length cut"},
    "length too long": {"manner": "length too long"},
    "length too short": {"manner": "length too short"},
    "nonsense length": {"manner": "nonsense length"},
    "html as mp4": {"status": 200, "headers": {"Content-Type": "video/mp4"}, "body": PAGE},
    "gzip bomb": {
        "status": 200,
        "headers": {"Content-Type": "video/mp4", "Content-Encoding": "gzip"},
        "body": gzip.compress(bytes(MEGABYTE)),
        "body_times": 50,  # gzip members in a row are one stream: 50 MB from about 50 kB
    },
    "oversize told": {"manner": "oversize told"},
    "oversize": {"manner": "endless"},
    "206": {"manner": "partial"},
    "redirect loop": {"status": 302, "headers": {"Location": ""}, "body": "", "times": 50},
    "slow": {"manner": "body drip"},
    "header drip": {"manner": "header drip"},
    "hang": {"manner": "hang"},
    "reset": {"manner": "reset"},
    "reset in body": {"manner": "reset in body"},
    "early hints": {"manner": "early hints"},
    "aws-chunked": {"headers": {"Content-Encoding": "aws-chunked"}},
    "UTF-8 encoding": {"headers": {"Content-Encoding": "UTF-8"}},
    "binary encoding": {"headers": {"Content-Encoding": "binary"}},
    "gzip in name only": {"headers": {"Content-Encoding": "gzip"}},
    **{
        name: {"status": 302, "headers": {"Location": target}, "body": ""}
        for name, target in _REDIRECT_TARGETS.items()
    },
}

CREATE = {**REFUSALS, **BROKEN, **LATE, **ACCEPTED, "moved": SHAPES["moved away"]}
POLL = {**REFUSALS, **BROKEN, **WORDS, **SHAPES}
DOWNLOAD = DOWNLOADS
BY_VERB = {
    "create": CREATE,
    "poll": POLL,
    "download": DOWNLOAD,
    "list": {**REFUSALS, **BROKEN},
    "cancel": {**REFUSALS, **BROKEN},
}


def named(verb: str, name: str) -> dict[str, Any]:
    try:
        return dict(BY_VERB[verb][name])
    except KeyError:
        raise ValueError(f"no fault is called {name!r} for {verb!r}") from None
