"""Rows as they would stand, without the way that led there."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.utils import timezone

from generations.models import ENDED, OPEN, Generation

KNOWN_THERE = {"running", "storing", "succeeded"}
VIDEO = bytes(range(256)) * 16  # every offset tells where it is


def make_generation(status: str = "queued", **changes: Any) -> Generation:
    """A sandbox generation in `status`; `content` are the bytes of its video, once succeeded."""
    now = timezone.now()
    content = changes.pop("content", VIDEO)
    pk = changes.setdefault("id", uuid4())
    fields = {
        "provider": "sandbox",
        "model": "wan2.2-t2v-plus",
        "prompt": "A fox in the snow",
        "size": "832x480",
        "status": status,
    }
    if status in OPEN:
        fields["due_at"] = now
    if status in ENDED:
        fields["finished_at"] = now
    if status not in {"queued", "canceled"}:
        fields["submitted_at"] = now - timedelta(minutes=1)
    if status in KNOWN_THERE:
        fields["remote_id"] = f"remote-{pk}"
    if status == "succeeded" and "video" not in changes:
        fields |= stored_video(f"videos/{pk}.mp4", content)
    return Generation.objects.create(**fields | changes)


def content_of(name: str, storage: Storage = default_storage) -> bytes:
    """What is stored under `name`."""
    with storage.open(name) as file:
        return bytes(file.read())


def stored_video(name: str, content: bytes) -> dict[str, Any]:
    """The fields of a row whose video is in our storage."""
    return {
        "video": default_storage.save(name, ContentFile(content)),
        "bytes": len(content),
        "sha256": sha256(content).hexdigest(),
        "width": 832,
        "height": 480,
        "seconds": 5.0,
    }
