"""What the error codes, statuses and messages of the services mean. Data only."""

import re
from dataclasses import dataclass
from enum import StrEnum

from generations.providers.errors import ErrorCode
from generations.providers.http.response import first, parsed, part, text


class ErrorKind(StrEnum):
    """What an error code proves, whatever HTTP status it came with."""

    BY_STATUS = "by status"  # unknown: the HTTP status decides
    BUSY = "busy"  # certainly not accepted, try again later
    QUOTA = "quota"  # the same; usually for a minute, sometimes until a person acts
    ACCOUNT = "account"  # not accepted, and nothing else will be until a person acts
    MODEL = "model"  # the same, for this model only
    ASK = "ask"  # not accepted because of its content; others may be


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
# Some quotas per minute are reported with the same words as quotas that are used up.
_QUOTA_FOR_NOW = ErrorMeaning(ErrorCode.QUOTA, ErrorKind.QUOTA)
NOT_REACHED = ErrorMeaning(ErrorCode.UNREACHABLE, ErrorKind.BUSY)
_INPUT = ErrorMeaning(ErrorCode.INPUT)
_IMAGE = ErrorMeaning(ErrorCode.IMAGE, ErrorKind.ASK)
_CONTENT = ErrorMeaning(ErrorCode.CONTENT, ErrorKind.ASK)
_TOO_LARGE = ErrorMeaning(ErrorCode.TOO_LARGE, ErrorKind.ASK)
_PROVIDER = ErrorMeaning(ErrorCode.PROVIDER)

# Alibaba Model Studio, error-code page (2026-06), and a few codes observed elsewhere. For an
# unknown code, the part before its last dot counts. The resellers pass these codes on.
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

# What a status means for a create without a known code. 413 may come, as HTML, from a proxy in
# front of the service: then the service has not seen the request.
STATUSES = {
    400: _INPUT,
    401: ErrorMeaning(ErrorCode.AUTH, ErrorKind.ACCOUNT),
    402: _BILLING,
    403: _ACCESS,
    404: _NO_MODEL,
    407: ErrorMeaning(ErrorCode.UNREACHABLE, ErrorKind.ACCOUNT),  # from our own proxy
    413: _TOO_LARGE,
    415: ErrorMeaning(ErrorCode.IMAGE),
    422: _INPUT,
    429: _BUSY,
    451: ErrorMeaning(ErrorCode.CONTENT),
}

# Texts of the resellers that identify an error without a known code.
PHRASES = (
    ("inappropriate", ErrorCode.CONTENT),
    ("datainspection", ErrorCode.CONTENT),
    ("data_inspection", ErrorCode.CONTENT),
    ("infring", ErrorCode.IP),
    ("size must be in", ErrorCode.INPUT),
    ("size is not one of", ErrorCode.INPUT),
)

# How relay software (one-api, new-api) reports with a 5xx that no channel is available: it selects
# a channel before it sends anything. "model_not_found" with a 503 means the same.
NO_CHANNEL = ("无可用渠道", "no available channel", "no_valid_channel", "model_not_found")
# With this text, a first channel was tried before and may have accepted the request.
ANOTHER_TRY = re.compile(r"[(\uff08]retry[)\uff09]")

# Errors of Cloudflare that prove that the origin never saw the request: it refused the connection,
# was not found, or TLS failed (Cloudflare's pages on 5xx errors, 2026). 520, 522, 524 and 527 do
# not prove it: they can follow a request that was passed on.
ORIGIN_NOT_REACHED = (521, 523, 525, 526)

# Statuses with which firewalls refuse the content of a request: most use 403, Alibaba 405, older
# rules of ModSecurity 406, Huawei 418.
FIREWALL = (403, 405, 406, 418)

MAX_CODE_LENGTH = 100
DEEPEST_QUOTE = 3  # relays behind relays, each quoting the response of the next
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
    """The error class that a message suggests, if any."""
    lowered = words.lower()
    return next((code for phrase, code in PHRASES if phrase in lowered), None)
