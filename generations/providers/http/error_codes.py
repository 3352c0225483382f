"""What the services' error codes, statuses and words mean to us. Data only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from generations.providers.base import ErrorCode


class ErrorKind(StrEnum):
    """What an error code proves, whatever HTTP status it came with."""

    BY_STATUS = "by status"  # nothing; the HTTP status decides
    BUSY = "busy"  # certainly not accepted, ask again later
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
    "AllocationQuota": _QUOTA,
    "Throttling.AllocationQuota": _QUOTA,
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

MAX_CODE_LENGTH = 100
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

    "Arrearage: good standing" and "Arrearage" carry one, if `code` itself is none.
    """
    found = LEADING_CODE.fullmatch(words)
    if found and error_meaning(found[1], ALIBABA) and not error_meaning(code, ALIBABA):
        return found[1], found[2] or ""
    return code, words


def code_from_words(words: str) -> ErrorCode | None:
    """The class that a free text gives away, if any."""
    lowered = words.lower()
    return next((code for phrase, code in PHRASES if phrase in lowered), None)
