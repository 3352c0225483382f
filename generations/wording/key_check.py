"""What staff read about a service's key after they had it tested."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from ..providers.base import KeyState

KEY_SENTENCES: dict[str, Any] = {
    KeyState.ACCEPTED: _("The service accepts the key."),
    KeyState.REFUSED: _(
        "The service refuses the key: it is wrong, "
        "or it belongs to another region than the address."
    ),
    KeyState.UNREACHABLE: _("The service gave no clear answer. Nothing is known about the key."),
}
REGION_NAMES: dict[str, Any] = {
    "singapore": _("Singapore"),
    "beijing": _("Beijing"),
    "virginia": _("Virginia"),
}
