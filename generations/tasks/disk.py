"""Whether the disk of this machine has space for another video. Else it saves and sends none."""

from django.core.files.storage import default_storage

from .. import media
from ..models import Generation, SubmitThrottle
from ..providers.errors import ErrorCode


def has_room(more: int = 0) -> bool:
    """True if another video, and `more` bytes, leave the disk its reserve.

    False if the disk does not answer.
    """
    try:
        return not media.disk_shortage(default_storage, more)
    except OSError:
        return False


def may_send(provider: str, model: str) -> bool:
    """False while the disk is known to be too small for another result.

    Then the throttle waits, half a minute at a time. Called before a row is claimed.
    """
    throttle = SubmitThrottle.objects.at(provider, model)
    try:
        shortage = media.disk_shortage(default_storage)
    except OSError:
        return True
    if not shortage:
        throttle.end_rest(ErrorCode.DISK)
    elif Generation.objects.queued().for_throttle(provider, model).exists():
        throttle.rest(ErrorCode.DISK, shortage)
    return not shortage
