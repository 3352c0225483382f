"""What the services' error codes, statuses and words mean to us. Data only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from generations.providers.base import ErrorCode


class Kind(StrEnum):
    """What an error code proves, whatever HTTP status it came with."""

    BY_STATUS = "by status"  # nothing; the HTTP status decides
    BUSY = "busy"  # certainly not accepted, ask again later
    ACCOUNT = "account"  # not accepted, nor will anything be until a person acts
    MODEL = "model"  # the same, for this model only
    ASK = "ask"  # not accepted, for what is in it; others may be


@dataclass(frozen=True)
class Meaning:
    code: ErrorCode
    kind: Kind = Kind.BY_STATUS


_BUSY = Meaning(ErrorCode.RATE, Kind.BUSY)
_BILLING = Meaning(ErrorCode.BILLING, Kind.ACCOUNT)
_ACCESS = Meaning(ErrorCode.ACCESS, Kind.ACCOUNT)
_NO_MODEL = Meaning(ErrorCode.ACCESS, Kind.MODEL)
# Model Studio counts quotas per account and model (rate-limit page, 2026-06).
_QUOTA = Meaning(ErrorCode.QUOTA, Kind.MODEL)
_INPUT = Meaning(ErrorCode.INPUT)
_IMAGE = Meaning(ErrorCode.IMAGE, Kind.ASK)
_CONTENT = Meaning(ErrorCode.CONTENT, Kind.ASK)
_TOO_LARGE = Meaning(ErrorCode.TOO_LARGE, Kind.ASK)
_PROVIDER = Meaning(ErrorCode.PROVIDER)

# Alibaba Model Studio, error-code page (2026-06), and a few codes seen by others. A code that
# is not here counts as what is in front of its last dot. The resellers pass these codes on.
ALIBABA = {
    "InvalidApiKey": Meaning(ErrorCode.AUTH, Kind.ACCOUNT),
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
    "IPInfringementSuspect": Meaning(ErrorCode.IP, Kind.ASK),
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
    401: Meaning(ErrorCode.AUTH, Kind.ACCOUNT),
    402: _BILLING,
    403: _ACCESS,
    404: _NO_MODEL,
    413: _TOO_LARGE,
    415: Meaning(ErrorCode.IMAGE),
    422: _INPUT,
    429: _BUSY,
    451: Meaning(ErrorCode.CONTENT),
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

LONGEST_CODE = 100
LEADING_CODE = re.compile(r"([A-Za-z][\w.]*)(?:: ?(.*))?", re.S)


def meaning_of(code: str, table: dict[str, Meaning]) -> Meaning | None:
    """What `code` means by `table`, with unknown suffixes read by what is before their dot."""
    code = code[:LONGEST_CODE]
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
    if found and meaning_of(found[1], ALIBABA) and not meaning_of(code, ALIBABA):
        return found[1], found[2] or ""
    return code, words


def code_from_words(words: str) -> ErrorCode | None:
    """The class that a free text gives away, if any."""
    lowered = words.lower()
    return next((code for phrase, code in PHRASES if phrase in lowered), None)
