"""How a generation was made from another one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OriginKind(models.TextChoices):
    """What a generation is to its origin. A retry of the same request has `retry_of` instead."""

    LARGER = "larger", _("1080P version")
    REMIX = "remix", _("remix")
    CONTINUATION = "continuation", _("continuation")
