"""Reads the environment. An invalid value stops the start and says what to set.

A variable that is set but blank counts as not set. `NAME_FILE` is the path of a file with the value
of `NAME`, for secrets that a container or systemd provides as files.
"""

import codecs
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

FROM_FILE = "WANSTUDIO_FROM_FILE"
LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
Default = TypeVar("Default", int, float, None)  # None: not set

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@contextmanager
def exit_if_misconfigured(code: int = 1) -> Iterator[None]:
    """End the process with the message only, without a traceback."""
    try:
        yield
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        sys.exit(code)


def read_env(base: Path) -> Path | None:
    """Read `.env`, if it is there, or the file that `WANSTUDIO_ENV_FILE` names; returns its path.

    Where `none` is named, none is read.

    A file that is named must be there: without it, all would go to another database. What this
    process, or the one that started it, took from the file before is forgotten first.
    """
    named = env_str("WANSTUDIO_ENV_FILE")
    if named == "none":
        return None
    forget_file()
    path = env_path("WANSTUDIO_ENV_FILE", ".env", base)
    if named and not path.exists():
        raise ImproperlyConfigured(f"WANSTUDIO_ENV_FILE names {path}, which is not there.")
    if named or path.is_file():  # a folder `.env` is somebody's virtual environment
        read_env_file(path)
    return path


def forget_file() -> None:
    """Unset what came from the file, but for what somebody has set to another value since."""
    for entry in os.environ.pop(FROM_FILE, "").split():
        name, _, digest = entry.partition(":")
        if name in os.environ and digest_of(os.environ[name]) == digest:
            del os.environ[name]


def digest_of(value: str) -> str:
    return sha256(value.encode(errors="surrogateescape")).hexdigest()[:16]


def read_env_file(path: Path) -> None:
    """Add the `NAME=value` lines of `path`, if it is there. What is set already stays as it is.

    `FROM_FILE` tells the names to later readings, in this process and in those that it starts.
    """
    if not path.exists():
        return
    added = []
    lines = read_text(path, str(path)).splitlines()
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        found = LINE.fullmatch(line)
        if found is None:
            # The line may contain a secret, so the message has only its number.
            raise ImproperlyConfigured(f"{path.name}, line {number}: expected NAME=value.")
        name, value = found[1], unquoted(found[2])
        if name not in os.environ:
            os.environ[name] = value
            added.append(f"{name}:{digest_of(value)}")
    if added:
        os.environ[FROM_FILE] = " ".join(added)


def read_text(path: Path, name: str) -> str:
    """The text of a file in UTF-8, or as Windows' Notepad saves it: with a byte-order mark.

    Raises ImproperlyConfigured, which says `name` and never what the file holds.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-16" if content.startswith(UTF16) else "utf-8-sig")
        if "\0" not in text:
            return text
        reason = "not a text file"
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
    raise ImproperlyConfigured(f"{name} cannot be read: {reason}.")


def unquoted(value: str) -> str:
    """The value as meant: without its pair of quotes, or without the ` # comment` behind it."""
    quoted = re.fullmatch(r"""(["'])(.*)\1(?:\s+#.*)?""", value)
    return quoted[2] if quoted else re.split(r"(?:^|\s)#", value, maxsplit=1)[0].rstrip()


def env_str(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, default: bool = False) -> bool:
    value = env_str(name).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}.")
    return value in TRUE


def env_int(
    name: str, default: Default, *, least: int = 0, most: int | None = None
) -> int | Default:
    number = env_number(name, None, least=least, most=most)
    if number is None:
        return default
    if number != int(number):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {env_str(name)!r}.")
    return int(number)


def env_number(
    name: str, default: Default, *, least: float = 0, most: float | None = None
) -> float | Default:
    value = env_decimal(name)
    if value is None:
        return default
    if value < Decimal(str(least)):
        raise ImproperlyConfigured(f"{name} must be {least} or more, not {value}.")
    if most is not None and value > Decimal(str(most)):
        raise ImproperlyConfigured(f"{name} must be {most} or less, not {value}.")
    return float(value)


def env_decimal(name: str) -> Decimal | None:
    """An exact amount, or None if it is not set."""
    value = env_str(name)
    return decimal(name, value) if value else None


def decimal(name: str, value: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}.") from None
    if not number.is_finite():
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}.")
    return number


def env_list(name: str) -> list[str]:
    """Comma-separated values, without surrounding spaces."""
    values = [value.strip() for value in env_str(name).split(",")]
    return [value for value in values if value]


def env_pairs(name: str) -> dict[str, str]:
    """`one=first,two=second` as a dictionary, in order."""
    pairs = {}
    for item in env_list(name):
        key, separator, value = (part.strip() for part in item.partition("="))
        if not (key and separator and value):
            raise ImproperlyConfigured(f"{name} must look like name=value,name=value.")
        pairs[key] = value
    return pairs


def env_choice(name: str, choices: tuple[str, ...], default: str) -> str:
    value = env_str(name, default)
    if value not in choices:
        allowed = ", ".join(choice for choice in choices if choice)
        raise ImproperlyConfigured(f"{name} must be one of {allowed}, not {value!r}.")
    return value


def env_time_zone(name: str) -> str:
    """The name of a time zone that this machine has."""
    value = env_str(name, "UTC")
    try:
        if value != "UTC":
            ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"{name} must be a name like Europe/Berlin or Asia/Shanghai, not {value!r}."
        ) from None
    return value


def env_path(name: str, default: str, base: Path) -> Path:
    """A path, relative to `base` unless it is absolute; `~` is the home folder."""
    path = os.path.expanduser(env_str(name, default))
    if path.startswith("~"):
        raise ImproperlyConfigured(f"{name}: there is no home folder for ~ here. Write it out.")
    return base / path


def env_secret(name: str, default: str = "") -> str:
    """The value of `NAME`, else the content of the file that `NAME_FILE` names; it must be there.

    No message repeats the value, and it must fit into a line of a header or a URL.
    """
    value = env_str(name)
    if not value and env_str(f"{name}_FILE"):
        path = env_path(f"{name}_FILE", "", Path())
        value = read_text(path, f"{name}_FILE").strip()
    if not value.isascii() or not value.isprintable():
        raise ImproperlyConfigured(
            f"{name} holds a character that no key has. Copy it again; an address has it as %XX."
        )
    return value or default
