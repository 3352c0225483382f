"""The trash: how long something stays, and what is deleted for good."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from generations.creation.quotas import Allowance
from generations.models import Generation
from generations.operations.backup import names
from generations.tasks.housekeeping import delete_files, purge_trash

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, owner: Any) -> Client:
    client.force_login(owner)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def ago(**length: float) -> Any:
    return timezone.now() - timedelta(**length)


@pytest.mark.parametrize(
    ("since", "left"),
    [({"seconds": 1}, "30 days"), ({"days": 28.5}, "2 days"), ({"days": 29.9}, "1 day"),
     ({"days": 31}, "1 day")],
)  # fmt: skip
def test_the_trash_says_how_many_days_are_left(
    reader: Client, make_generation: Any, since: Any, left: str
) -> None:
    row = make_generation("succeeded", trashed_at=ago(**since))
    assert f"Deleted for good in {left} <" in text(reader.get("/trash/"))
    assert f"will be deleted for good in {left}." in text(reader.get(f"/v/{row.pk}/"))


def test_deleting_for_good_asks_first_and_then_takes_the_file(
    reader: Client, make_generation: Any, stranger: Any
) -> None:
    row = make_generation("succeeded", trashed_at=ago(days=1))
    kept = make_generation("succeeded", trashed_at=ago(days=1))
    outside = make_generation("succeeded")
    theirs = make_generation("succeeded", owner=stranger, trashed_at=ago(days=1))
    press = {"action": "purge", "id": [row.pk, outside.pk, theirs.pk]}

    assert "Delete 1 video for good?" in text(reader.post("/selection/", press))
    assert not Generation.objects.filter(deleted_at__isnull=False).exists()

    answer = reader.post("/selection/", press | {"sure": "yes"}, follow=True)
    assert "1 video is deleted for good." in text(answer)
    delete_files()
    assert not default_storage.exists(row.video.name)
    assert [default_storage.exists(one.video.name) for one in (kept, outside, theirs)] == [True] * 3
    shown = text(reader.get("/trash/"))
    assert str(kept.pk) in shown and str(row.pk) not in shown
    for path in ("", "video.mp4", "download/"):
        assert reader.get(f"/v/{row.pk}/{path}").status_code == 404
    for button in ("restore", "favourite", "delete", "again"):
        assert reader.post(f"/v/{row.pk}/{button}/").status_code == 404


def test_all_of_the_trash_is_brought_back_or_deleted(reader: Client, make_generation: Any) -> None:
    rows = [make_generation("succeeded", trashed_at=ago(days=n)) for n in range(3)]
    reader.post("/selection/", {"action": "restore", "id": ",".join(str(r.pk) for r in rows[:2])})
    assert Generation.objects.not_trashed().count() == 2
    asked = text(reader.post("/selection/", {"action": "purge", "all": "yes"}))
    assert "Delete 1 video for good?" in asked and 'name="all" value="yes"' in asked
    reader.post("/selection/", {"action": "purge", "all": "yes", "sure": "yes"})
    assert [row.pk for row in Generation.objects.filter(deleted_at__isnull=False)] == [rows[2].pk]
    nothing = reader.post("/selection/", {"action": "purge", "all": "yes"}, follow=True)
    assert "Nothing was chosen." in text(nothing)


def test_what_is_deleted_for_good_still_counts_until_its_time_in_the_trash_is_over(
    reader: Client, owner: Any, make_generation: Any, settings: Any
) -> None:
    settings.WANSTUDIO_DAILY_VIDEOS = 5
    row = make_generation("succeeded", trashed_at=timezone.now())
    reader.post("/selection/", {"action": "purge", "id": [row.pk], "sure": "yes"})
    assert Allowance(owner).videos_left == 4
    assert list(names()) == []
    purge_trash()
    assert Generation.objects.filter(pk=row.pk).exists()
    Generation.objects.update(trashed_at=ago(days=31))
    purge_trash()
    assert not Generation.objects.exists()


def test_a_video_that_comes_after_all_is_seen_again(reader: Client, make_generation: Any) -> None:
    row = make_generation("failed", trashed_at=timezone.now())
    reader.post("/selection/", {"action": "purge", "id": [row.pk], "sure": "yes"})
    row.refresh_from_db()
    assert row.deleted_at
    assert row.mark_running("late", endpoint="", due_at=timezone.now())
    assert reader.get(f"/v/{row.pk}/").status_code == 200
