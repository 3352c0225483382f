"""The form filled from a video: what it says of it, and the frame it goes on from."""

import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from generations.creation import uploads
from generations.models import Generation
from tests.films import draw_film
from tests.views.test_create import drawn

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, owner: Any) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def film(make_generation: Any, tmp_path: Any) -> Generation:
    content = draw_film(tmp_path / "film.mp4", size=(832, 480)).read_bytes()
    made: Generation = make_generation("succeeded", content=content, prompt="A fox", seed=7)
    return made


@pytest.mark.parametrize(
    ("link", "says", "differs"),
    [
        ("use", "Filled from", "Nothing differs."),
        ("remix", "Filled from", "What differs: Seed."),
        ("larger", "The 1080P version of", "What differs: Size."),
    ],
)
def test_the_form_says_from_which_video_it_was_filled_and_what_differs(
    reader: Client, make_generation: Any, link: str, says: str, differs: str
) -> None:
    row = make_generation("succeeded", model="sandbox-t2v", prompt="A fox", seed=7)
    page = reader.get("/", {link: row.pk}).content.decode()
    assert f'{says} <a href="/v/{row.pk}/">\u2068A fox\u2069</a>' in page and differs in page
    kind = "larger" if link == "larger" else "remix"
    assert drawn(page, "origin") == f"{kind}:{row.pk}"


def test_continue_opens_the_form_with_the_last_frame_and_sends_nothing(
    reader: Client, owner: Any, film: Generation
) -> None:
    page = reader.get("/", {"continue": film.pk})
    form = page.context["form"]
    assert form["model"].value() == "sandbox/sandbox-i2v" and form["resolution"].value() == "480P"
    assert (form["prompt"].value(), form["seed"].value()) == ("A fox", None)
    picture = uploads.kept(owner, form["kept_image"].value())
    assert picture and (picture.width, picture.height) == (832, 480)
    assert picture.content_type == "image/png"
    shown = reader.get("/", {"continue": film.pk, "at": "0.1"}).context["form"]
    other = uploads.kept(owner, shown["kept_image"].value())
    assert other and other.content != picture.content
    assert Generation.objects.count() == 1


def test_a_continuation_is_sent_by_a_press_and_keeps_its_origin(
    reader: Client, film: Generation
) -> None:
    page = reader.get("/", {"continue": film.pk}).content.decode()
    names = ("id", "previous", "origin", "kept_image")
    ask = {name: drawn(page, name) for name in names} | {"prompt": "It jumps"}
    reader.post("/", ask | {"model": "sandbox/sandbox-i2v", "resolution": "480P"})
    row = Generation.objects.exclude(pk=film.pk).get()
    assert (row.origin_id, row.origin_kind) == (film.pk, "continuation")
    with Image.open(row.source_image) as picture:
        assert picture.size == (832, 480)


def test_a_shared_video_can_be_continued_and_another_one_cannot(
    client: Client, stranger: Any, film: Generation
) -> None:
    client.force_login(stranger)
    assert client.get("/", {"continue": film.pk}).status_code == 404
    assert client.get(f"/v/{film.pk}/frame.png").status_code == 404
    Generation.objects.update(shared=True)
    assert client.get("/", {"continue": film.pk}).context["form"].kept_preview
    assert client.get(f"/v/{film.pk}/frame.png").status_code == 200


def test_without_a_model_for_pictures_it_says_so(
    reader: Client, film: Generation, settings: Any
) -> None:
    settings.PROVIDERS = {}
    sentence = "No provider that is set up makes videos from pictures."
    assert sentence in reader.get("/", {"continue": film.pk}).content.decode()
    page = reader.get(f"/v/{film.pk}/").content.decode()
    assert sentence in page and "?continue=" not in page


def test_a_file_that_is_gone_leaves_the_form_without_a_picture(
    reader: Client, film: Generation
) -> None:
    default_storage.delete(str(film.video.name))
    page = reader.get("/", {"continue": film.pk})
    assert "The frame cannot be read" in page.content.decode()
    assert not page.context["form"].kept_preview
    assert reader.get(f"/v/{film.pk}/frame.png").status_code == 404


def test_a_video_that_is_not_ready_is_not_continued(reader: Client, make_generation: Any) -> None:
    row = make_generation("running")
    assert reader.get("/", {"continue": row.pk}).status_code == 404
    assert reader.get(f"/v/{row.pk}/frame.png").status_code == 404


def test_the_frame_that_is_shown_is_saved_as_png(reader: Client, film: Generation) -> None:
    for at, name in (("0.5", "0.5"), ("", "end")):
        answer = reader.get(f"/v/{film.pk}/frame.png", {"at": at} if at else {})
        assert answer["Content-Type"] == "image/png"
        assert f"-{name}.png" in answer["Content-Disposition"]
        assert Image.open(io.BytesIO(answer.content)).size == (832, 480)
    for at in ("x", "nan", "inf"):
        assert reader.get(f"/v/{film.pk}/frame.png", {"at": at}).status_code == 404


@pytest.mark.parametrize("path", ["/", "/fields/"])
@pytest.mark.parametrize("model", ["sandbox/sandbox-t2v", "sandbox/sandbox-i2v"])
def test_who_has_made_nothing_yet_begins_with_the_cheaper_sizes_in_each_mode(
    client: Client, owner: Any, make_generation: Any, model: str, path: str
) -> None:
    client.force_login(owner)
    form = client.get(path, {"model": model}).context["form"]
    assert (form["size"].value(), form["resolution"].value()) == ("832x480", "480P")
    make_generation("failed", size="1440x1440")
    form = client.get(path, {"model": model}).context["form"]
    assert (form["size"].value(), form["resolution"].value()) == ("1440x1440", "480P")
