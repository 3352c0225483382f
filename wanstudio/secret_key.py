"""A secret key of this installation's own, for those who have not set one."""

import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from wanstudio.ownership import obstacle


def local_secret_key(path: Path) -> str:
    """The key kept in `path`, made once: of several processes that start together, one wins.

    The file appears with its whole content or not at all, readable by its owner alone. Raises
    ImproperlyConfigured, with what to do, where another account owns it.
    """
    try:
        if not os.path.exists(path):
            make_secret_key(path)
        return path.read_text(encoding="ascii").strip()
    except PermissionError:
        raise ImproperlyConfigured(obstacle(path, path.parent)) from None


def make_secret_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
