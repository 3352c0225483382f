"""Images that are kept for a form with errors: uploaded once, with a signed token.

A token is valid for a day, for one person. It refers to a file in the storage: one kept here, or
the image of a generation that is repeated.
"""

import base64
from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib.auth.models import User
from django.core import signing
from django.core.files.storage import default_storage
from django.utils import timezone

from ..media import InvalidImageError, Picture, check_picture, save_bytes, small

FOLDER = "kept"
DAY = timedelta(days=1)
MAX_KEPT = 20  # images kept for one person; older ones are deleted
PREVIEW = (240, 240)


def keep(user: User, picture: Picture) -> str:
    """Store the image and return its token. Raises OSError (`DiskFullError`)."""
    folder = f"{FOLDER}/{user.pk}"
    name = f"{folder}/{uuid4()}{picture.suffix}"
    token = token_for(user, save_bytes(default_storage, name, picture.content))
    newest_first = sorted(_files(folder), key=default_storage.get_modified_time, reverse=True)
    for old in newest_first[MAX_KEPT:]:
        default_storage.delete(old)
    return token


def token_for(user: User, name: str) -> str:
    """A token for a stored image that this person may use."""
    return signing.dumps([user.pk, name], salt=FOLDER)


def kept(user: User, token: str) -> Picture | None:
    """The image of a token; None if it is another person's, expired, or deleted."""
    try:
        owner, name = signing.loads(token, salt=FOLDER, max_age=DAY)
        if owner != user.pk:
            return None
        with default_storage.open(name) as file:
            return check_picture(file)
    except (signing.BadSignature, OSError, InvalidImageError):
        return None


def preview(picture: Picture) -> str:
    """A small version of the image as a `data:` URI."""
    still = base64.b64encode(small(picture, PREVIEW)).decode()
    return f"data:image/jpeg;base64,{still}"


def remove_old(now: datetime | None = None) -> None:
    """Delete kept images whose tokens have expired. Called by housekeeping."""
    before = (now or timezone.now()) - DAY
    for person in _listed(FOLDER)[0]:
        for name in _files(f"{FOLDER}/{person}"):
            if default_storage.get_modified_time(name) < before:
                default_storage.delete(name)


def _files(folder: str) -> list[str]:
    return [f"{folder}/{name}" for name in _listed(folder)[1]]


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was stored yet; a bucket returns empty lists
        return [], []
