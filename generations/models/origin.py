"""How a generation came from another one."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OriginKind(models.TextChoices):
    """What a generation is to its origin. The same request once more is `retry_of` instead."""

    LARGER = "larger", _("1080P version")
    REMIX = "remix", _("remix")
    CONTINUATION = "continuation", _("continuation")
