"""Lengths of time as people say them."""

import math

from django.utils.translation import gettext as _


def usually(low: float, high: float) -> str:
    """How long such a video takes, from `low` to `high` seconds."""
    if high <= 60:
        low, high = _rounded(low), _rounded(high)
        if low == high:
            return _("usually about %(count)d s") % {"count": high}
        return _("usually %(low)d to %(high)d s") % {"low": low, "high": high}
    low, high = max(1, round(low / 60)), math.ceil(high / 60)
    if low >= high:
        return _("usually about %(count)d min") % {"count": high}
    return _("usually %(low)d to %(high)d min") % {"low": low, "high": high}


def until_sent(seconds: float) -> str:
    """How long a row will wait before it is sent."""
    if seconds < 60:
        return _("sent in less than a minute")
    return _("sent in about %(count)d min") % {"count": math.ceil(seconds / 60)}


def _rounded(seconds: float) -> int:
    return max(5, 5 * math.ceil(seconds / 5))
