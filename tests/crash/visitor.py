"""Somebody who asks and looks, in a process of its own: JSON lines in, JSON lines out.

Stands for the web process: it has the site's environment and database, and no worker.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

import django

FIELDS = ("prompt", "provider", "status", "remote_id", "video", "sha256", "error_detail")


def ask(prompts: list[str], aliases: list[str], picture: bool = False) -> list[str]:
    """One row for each prompt, the services in turn."""
    from django.contrib.auth.models import User

    from generations.models import Generation

    owner, _ = User.objects.get_or_create(username="visitor")
    throttles = [aliases[number % len(aliases)] for number in range(len(prompts))]
    fields = {"owner": owner, "model": "wan2.2-t2v-plus", "size": "832x480"}
    if picture:
        fields |= {"model": "wan2.2-i2v-flash", "size": "480P", "source_image": large_picture()}
    return [
        str(Generation.objects.create_queued(prompt=prompt, provider=alias, **fields).pk)
        for prompt, alias in zip(prompts, throttles, strict=True)
    ]


def large_picture() -> Any:
    """A picture of 9.5 MB, which no compression makes smaller."""
    from django.core.files.base import ContentFile
    from PIL import Image

    noise = Image.frombytes("RGB", (1800, 1750), os.urandom(1800 * 1750 * 3))
    file = BytesIO()
    noise.save(file, "PNG", compress_level=0)
    return ContentFile(file.getvalue(), name="noise.png")


def rows() -> list[dict[str, Any]]:
    from generations.models import Generation

    return list(Generation.objects.values(*FIELDS))


def events(kind: str) -> list[dict[str, Any]]:
    from generations.models import Event

    found = Event.objects.filter(kind=kind)
    return list(found.values("generation__prompt", "note", "data"))


def empty_queue() -> None:
    from django_q.brokers import get_broker

    get_broker().purge_queue()


COMMANDS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (ask, rows, events, empty_queue)
}


def answer(line: str) -> dict[str, Any]:
    from django.db import close_old_connections, connection

    call = json.loads(line)
    close_old_connections()
    try:
        return {"result": COMMANDS[call.pop("command")](**call)}
    except Exception as error:
        connection.close()
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wanstudio.settings")
    django.setup()
    for line in sys.stdin:
        print(json.dumps(answer(line), default=str), flush=True)


if __name__ == "__main__":
    main()
