"""Why a reviewer rejected a video, as its owner reads it."""

from typing import Any

from django.utils.translation import gettext_lazy

# Key on the row -> what its owner reads.
REJECT_REASONS: dict[str, Any] = {
    "violence": gettext_lazy("It shows violence or cruelty."),
    "sexual": gettext_lazy("It shows sexual content."),
    "hate": gettext_lazy("It insults or threatens people."),
    "person": gettext_lazy("It shows a real person who may not have agreed."),
    "rights": gettext_lazy("It may copy a protected character, brand or work."),
    "misleading": gettext_lazy("It could be taken for real events."),
    "quality": gettext_lazy("The video is broken or does not show what was asked."),
}


def reject_reason(reason: str, note: str = "") -> str:
    """What the owner reads: the wording of a preset, else what the reviewer wrote."""
    return str(REJECT_REASONS[reason]) if reason in REJECT_REASONS else note
