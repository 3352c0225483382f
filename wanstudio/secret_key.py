"""A secret key that is created once for this installation; and checks of weak secrets."""

import os
import re
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from wanstudio.ownership import write_problem

# Placeholders of examples and development tools, and common passwords.
PLACEHOLDER = re.compile("insecure|change.?me|replace.?me|example|placeholder|your.?secret", re.I)
MIN_DIFFERENT = 10  # characters: random keys of this length have many more


def require_strong(name: str, secret: str, length: int) -> None:
    """Raise ImproperlyConfigured, without the secret, if the secret could be guessed."""
    if len(secret) < length or len(set(secret)) < MIN_DIFFERENT or PLACEHOLDER.search(secret):
        raise ImproperlyConfigured(
            f"ALLOWED_HOSTS or HOST reaches beyond this machine: set {name} to {length} random "
            "characters or more. python3 -c 'import secrets; print(secrets.token_urlsafe(64))' "
            "makes one."
        )


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
        raise ImproperlyConfigured(write_problem(path, path.parent)) from None


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
