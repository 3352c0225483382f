"""One press for many videos."""

import io
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest
from django.conf import settings as project
from django.test import Client
from django.utils import timezone

from generations.models import Generation

pytestmark = pytest.mark.django_db


@pytest.fixture
def press(client: Client, owner: Any) -> Callable[..., Any]:
    """`press("delete", id=[...])`: what the owner gets for it."""
    client.force_login(owner)
    return lambda action, **fields: client.post(
        "/selection/", {"action": action} | fields, follow=True
    )


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def many(make_generation: Any, count: int, **fields: Any) -> list[Generation]:
    """`count` finished videos; all but the first without a file, which takes long to write."""
    first = make_generation("succeeded", **fields)
    names = [field.attname for field in Generation._meta.concrete_fields]
    same = {name: getattr(first, name) for name in names if name not in ("id", "remote_id")}
    rows = [Generation(remote_id=f"remote-{n}", **same) for n in range(count - 1)]
    return [first, *Generation.objects.bulk_create(rows)]


def test_more_than_a_thousand_ticked_videos_are_all_deleted_and_taken_back(
    press: Any, make_generation: Any
) -> None:
    rows = many(make_generation, project.DATA_UPLOAD_MAX_NUMBER_FIELDS + 50)
    answer = press("delete", id=",".join(str(row.pk) for row in rows))
    assert said(answer) == ["1050 videos are in the trash for 30 days."]
    assert not Generation.objects.not_trashed().exists()
    moment = Generation.objects.values_list("trashed_at", flat=True).distinct().get()
    assert f'value="{moment.isoformat()}"' in answer.content.decode()
    assert said(press("restore", trashed_at=moment.isoformat())) == ["1050 videos are back."]
    assert Generation.objects.not_trashed().count() == len(rows)


def test_all_means_what_the_filters_of_the_page_find(press: Any, make_generation: Any) -> None:
    fox, owl = make_generation("succeeded"), make_generation("succeeded", prompt="An owl")
    assert said(press("favourite", all="yes", filters="q=owl")) == ["1 video is a favourite."]
    assert list(Generation.objects.filter(favourite=True)) == [owl]
    press("favourite", all="yes", filters="")
    assert Generation.objects.filter(favourite=True).count() == 2
    press("unfavourite", id=[fox.pk, owl.pk])
    assert not Generation.objects.filter(favourite=True).exists()


def test_others_videos_stay_as_they_are(press: Any, make_generation: Any, stranger: Any) -> None:
    theirs = make_generation("succeeded", owner=stranger, shared=True)
    mine = make_generation("succeeded")
    stays = "1 of the chosen videos is somebody else's: only its owner can change it."
    assert said(press("favourite", all="yes")) == [stays, "1 video is a favourite."]
    assert said(press("unshare", id=[theirs.pk])) == [stays]
    for row in (theirs, mine):
        row.refresh_from_db()
    assert (theirs.favourite, theirs.shared, mine.favourite) == (False, True, True)


def test_videos_are_shared_together_where_their_owners_decide(
    press: Any, make_generation: Any, settings: Any
) -> None:
    rows = [make_generation("succeeded") for _ in range(2)]
    settings.WANSTUDIO_REVIEW = "before"
    assert said(press("share", id=[row.pk for row in rows])) == [
        "2 videos are shared.",
        "Others see a shared video when a reviewer has approved it.",
    ]
    settings.WANSTUDIO_SHARING = "everyone"
    assert press("unshare", all="yes").status_code == 404
    assert Generation.objects.filter(shared=True).count() == 2


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-45", "", "2026-01-01T12:00:00+00:00"])
def test_a_moment_at_which_nothing_was_deleted_brings_nothing_back(
    press: Any, make_generation: Any, moment: str
) -> None:
    make_generation("succeeded", trashed_at=timezone.now())
    assert said(press("restore", trashed_at=moment)) == ["Nothing was chosen."]
    assert Generation.objects.filter(trashed_at__isnull=False).exists()


def test_a_press_that_names_no_action_is_not_there(press: Any) -> None:
    assert press("explode").status_code == 404
    assert press("delete", id="not-an-id").status_code == 404


def test_all_chosen_videos_are_in_the_zip(press: Any, make_generation: Any) -> None:
    rows = many(make_generation, 250)
    Generation.objects.update(video=rows[0].video.name)
    content = b"".join(press("download", all="yes").streaming_content)
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert len({name for name in archive.namelist() if name.endswith(".mp4")}) == 250
