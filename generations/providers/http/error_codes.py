"""What the services' error codes, statuses and words mean to us. Data only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from generations.providers.base import ErrorCode
from generations.providers.http.response import Json, first, parsed, part, text


class ErrorKind(StrEnum):
    """What an error code proves, whatever HTTP status it came with."""

    BY_STATUS = "by status"  # nothing; the HTTP status decides
    BUSY = "busy"  # certainly not accepted, ask again later
    QUOTA = "quota"  # the same; for a minute as a rule, until a person acts at times
    ACCOUNT = "account"  # not accepted, nor will anything be until a person acts
    MODEL = "model"  # the same, for this model only
    ASK = "ask"  # not accepted, for what is in it; others may be


@dataclass(frozen=True)
class ErrorMeaning:
    code: ErrorCode
    kind: ErrorKind = ErrorKind.BY_STATUS


_BUSY = ErrorMeaning(ErrorCode.RATE, ErrorKind.BUSY)
_BILLING = ErrorMeaning(ErrorCode.BILLING, ErrorKind.ACCOUNT)
_ACCESS = ErrorMeaning(ErrorCode.ACCESS, ErrorKind.ACCOUNT)
_NO_MODEL = ErrorMeaning(ErrorCode.ACCESS, ErrorKind.MODEL)
# Model Studio counts quotas per account and model (rate-limit page, 2026-06).
_QUOTA = ErrorMeaning(ErrorCode.QUOTA, ErrorKind.MODEL)
# What is counted per minute is said with the same words as what is used up for good.
_QUOTA_FOR_NOW = ErrorMeaning(ErrorCode.QUOTA, ErrorKind.QUOTA)
NOT_REACHED = ErrorMeaning(ErrorCode.UNREACHABLE, ErrorKind.BUSY)
_INPUT = ErrorMeaning(ErrorCode.INPUT)
_IMAGE = ErrorMeaning(ErrorCode.IMAGE, ErrorKind.ASK)
_CONTENT = ErrorMeaning(ErrorCode.CONTENT, ErrorKind.ASK)
_TOO_LARGE = ErrorMeaning(ErrorCode.TOO_LARGE, ErrorKind.ASK)
_PROVIDER = ErrorMeaning(ErrorCode.PROVIDER)

# Alibaba Model Studio, error-code page (2026-06), and a few codes seen by others. A code that
# is not here counts as what is in front of its last dot. The resellers pass these codes on.
ALIBABA = {
    "InvalidApiKey": ErrorMeaning(ErrorCode.AUTH, ErrorKind.ACCOUNT),
    "Arrearage": _BILLING,
    "PrepaidBillOverdue": _BILLING,
    "PostpaidBillOverdue": _BILLING,
    "CommodityNotPurchased": _BILLING,
    "AccessDenied": _ACCESS,
    "Workspace.AccessDenied": _ACCESS,
    "WorkSpaceNotFound": _ACCESS,
    "WorkspaceNotFound": _ACCESS,
    "Model.AccessDenied": _NO_MODEL,
    "ModelNotFound": _NO_MODEL,
    "model_not_found": _NO_MODEL,
    "insufficient_user_quota": _BILLING,
    "AllocationQuota": _QUOTA,
    "Throttling.AllocationQuota": _QUOTA_FOR_NOW,
    "insufficient_quota": _QUOTA,
    "Throttling": _BUSY,
    "LimitRequests": _BUSY,
    "ModelUnavailable": _PROVIDER,
    "DataInspectionFailed": _CONTENT,
    "data_inspection_failed": _CONTENT,
    "IPInfringementSuspect": ErrorMeaning(ErrorCode.IP, ErrorKind.ASK),
    "InvalidParameter": _INPUT,
    "BadRequest": _INPUT,
    "UnsupportedOperation": _INPUT,
    "InvalidURL": _IMAGE,
    "InvalidParameter.DataInspection": _IMAGE,
    "BadRequest.InputDownloadFailed": _IMAGE,
    "BadRequest.UnsupportedFileFormat": _IMAGE,
    "BadRequest.TooLarge": _TOO_LARGE,
    "InternalError": _PROVIDER,
    "SystemError": _PROVIDER,
    "RewriteFailed": _PROVIDER,
    "RequestTimeOut": _PROVIDER,
}

# What a status says about a create, where no code says more. 413 may come from a proxy in front
# of the service, in HTML: then the service has never seen the ask.
STATUSES = {
    400: _INPUT,
    401: ErrorMeaning(ErrorCode.AUTH, ErrorKind.ACCOUNT),
    402: _BILLING,
    403: _ACCESS,
    404: _NO_MODEL,
    407: ErrorMeaning(ErrorCode.UNREACHABLE, ErrorKind.ACCOUNT),  # from the proxy in front of us
    413: _TOO_LARGE,
    415: ErrorMeaning(ErrorCode.IMAGE),
    422: _INPUT,
    429: _BUSY,
    451: ErrorMeaning(ErrorCode.CONTENT),
}

# What the resellers' free texts give away when they carry no code we know.
PHRASES = (
    ("inappropriate", ErrorCode.CONTENT),
    ("datainspection", ErrorCode.CONTENT),
    ("data_inspection", ErrorCode.CONTENT),
    ("infring", ErrorCode.IP),
    ("size must be in", ErrorCode.INPUT),
    ("size is not one of", ErrorCode.INPUT),
)

# How the software that relays are made of (one-api, new-api) says with a 5xx that it has nobody to
# pass this on to: it looks for a channel first. "model_not_found" is that too, with a 503.
NO_CHANNEL = ("无可用渠道", "no available channel", "no_valid_channel", "model_not_found")
# With this mark a first channel was tried before, and may have accepted it.
ANOTHER_TRY = re.compile(r"[(\uff08]retry[)\uff09]")

# Pages of Cloudflare's edge that prove that the origin never saw the request: it refused the
# connection, was not to be found, or there was no TLS with it (its pages on 5xx errors, 2026). Not
# so 520, 522, 524 and 527: these may come after the request was passed on.
ORIGIN_NOT_REACHED = (521, 523, 525, 526)

# Statuses with which firewalls refuse what is in a request: most of them 403, Alibaba's 405,
# ModSecurity's older rules 406, Huawei's 418.
FIREWALL = (403, 405, 406, 418)

MAX_CODE_LENGTH = 100
DEEPEST_QUOTE = 3  # relays behind relays, each with the answer of the next in its message
LEADING_CODE = re.compile(r"([A-Za-z][\w.]*)(?:: ?(.*))?", re.S)


def error_meaning(code: str, table: dict[str, ErrorMeaning]) -> ErrorMeaning | None:
    """What `code` means by `table`, with unknown suffixes read by what is before their dot."""
    code = code[:MAX_CODE_LENGTH]
    while code:
        if code in table:
            return table[code]
        code = code.rpartition(".")[0]
    return None


def passed_on(code: str, words: str) -> tuple[str, str]:
    """`code` and `words`; or, where a reseller has Alibaba's code in its words, that and the rest.

    "Arrearage: good standing" and "Arrearage" carry one, if `code` itself is none; so does the
    whole answer of the service behind it, as the text of a JSON object.
    """
    code, words = _quoted_answer(code, words)
    found = LEADING_CODE.fullmatch(words)
    if found and error_meaning(found[1], ALIBABA) and not error_meaning(code, ALIBABA):
        return found[1], found[2] or ""
    return code, words


def as_gateways_write(body: Json, code: str, message: str) -> tuple[str, str]:
    """`code` and `message`; or, where they are empty, what gateways put elsewhere, as in
    `{"code": 402, "msg": "Insufficient credits"}`."""
    message = message or first(*(text(body, name) for name in ("msg", "error_msg", "errmsg")))
    return passed_on(code or text(body, "code"), message)


def _quoted_answer(code: str, words: str) -> tuple[str, str]:
    """Only words that are such an object from end to end: prompts are echoed in words, too."""
    for _ in range(DEEPEST_QUOTE):
        body = parsed(words.encode("utf-8", "replace")) if words.startswith("{") else None
        error = part(body, "error")
        error = error if isinstance(error, dict) else body
        inner = first(text(error, "code"), text(error, "type")), text(error, "message")
        if not any(inner):
            break
        code, words = inner[0] or code, inner[1]
    return code, words


def status_in(code: str) -> int | None:
    """The HTTP status that a gateway wrote where a code belongs: `{"code": 402, ...}`."""
    return int(code) if re.fullmatch(r"[45]\d\d", code, re.ASCII) else None


def code_from_words(words: str) -> ErrorCode | None:
    """The class that a free text gives away, if any."""
    lowered = words.lower()
    return next((code for phrase, code in PHRASES if phrase in lowered), None)
