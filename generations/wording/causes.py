"""Causes in a few words, for the tables of staff."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from ..providers.base import ErrorCode
from .errors import RESTORED

CAUSES: dict[str, Any] = {
    ErrorCode.CONTENT: _("Refused by the safety check"),
    ErrorCode.IP: _("Protected character, brand or work"),
    ErrorCode.INPUT: _("Settings not accepted"),
    ErrorCode.IMAGE: _("Picture not readable"),
    ErrorCode.TOO_LARGE: _("Request too large"),
    ErrorCode.RATE: _("Service busy"),
    ErrorCode.QUOTA: _("Allowance used up"),
    ErrorCode.BILLING: _("Bill or balance of the account"),
    ErrorCode.AUTH: _("Key refused: wrong key or wrong region"),
    ErrorCode.ACCESS: _("Model not available to the account"),
    ErrorCode.UNREACHABLE: _("Cannot be reached"),
    ErrorCode.BLOCKED: _("Refused by a filter on the way"),
    ErrorCode.POLL: _("May not be asked about"),
    ErrorCode.DISK: _("Disk too full"),
    ErrorCode.STORAGE: _("Storage does not answer"),
    ErrorCode.PROVIDER: _("The service failed"),
    ErrorCode.UNCONFIRMED: _("Not confirmed"),
    ErrorCode.EXPIRED: _("No longer at the service"),
    ErrorCode.SAVE: _("Not saved yet"),
    RESTORED: _("Restored from a backup"),
}


def cause(code: str) -> str:
    """`code` in words; as it is if only another release knows it."""
    return str(CAUSES.get(code, code))
