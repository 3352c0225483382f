"""Reviewing, as staff do it: with the keyboard, many at once, two at a time, each in their role."""

from __future__ import annotations

import re
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from .conftest import axe, blameless

SHEET = "/admin/generations/generation/"
ROLES = {
    "reviewer": ["view_generation", "review_generation", "view_event"],
    "operator": ["view_generation", "repair_generation", "make_again_generation", "view_event",
                 "view_lane"],
    "finance": ["view_spend"],
}  # fmt: skip

MAKE_STAFF = """
from django.contrib.auth.models import Permission
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.conf import settings
user, _ = User.objects.get_or_create(username={name!r}, defaults={{"is_staff": True}})
user.user_permissions.set(Permission.objects.filter(
    content_type__app_label="generations", codename__in={permissions!r}))
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(settings.SESSION_COOKIE_NAME, session.session_key)
"""

MAKE_VIDEOS = """
import tempfile
from datetime import timedelta
from pathlib import Path
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image
from tests.films import draw_film
import io
film = draw_film(Path(tempfile.mkdtemp()) / "film.mp4", frames=60)
video = default_storage.save("videos/review.mp4", ContentFile(film.read_bytes()))
still = io.BytesIO()
Image.new("RGB", (96, 64), "teal").save(still, "WEBP")
poster = default_storage.save("posters/review.webp", ContentFile(still.getvalue()))
Generation.objects.filter(review="pending").update(review="approved")
someone, _ = User.objects.get_or_create(username="someone")
ahead = timezone.now() + timedelta(hours=1)
for number in range({count}):
    make_generation("succeeded", owner=someone, prompt=f"{prompt} {{number}}", video=video,
                    poster=poster, created=ahead + timedelta(seconds=number))
"""


@pytest.fixture
def enter(studio, administrator, contexts):
    """`enter("rita", "reviewer")`: a page of somebody signed in with the rights of that role."""
    with ExitStack() as opened:

        def sign_in(name, role="reviewer", **options):
            made = studio.run(MAKE_STAFF.format(name=name, permissions=ROLES[role]))
            cookie, key = made.split()[-2:]
            options = {"base_url": studio.url, "locale": "en-GB", **options}
            context = opened.enter_context(contexts.lent(**options))
            context.add_cookies([{"name": cookie, "value": key, "url": studio.url}])
            opened.enter_context(blameless(context, studio.url))
            return context.new_page()

        yield sign_in


# `wait_for_function` would need `eval`, which the policy forbids.
PLAYS = """video => new Promise(done => {
    if (video.currentTime > 0) done();
    else video.addEventListener("timeupdate", () => video.currentTime > 0 && done());
})"""


def make_videos(studio, prompt, count):
    studio.run(MAKE_VIDEOS.format(prompt=prompt, count=count))


def reviews(studio, prompt):
    """How the videos of `prompt` stand, in the order they were made."""
    of_theirs = f"prompt__startswith={prompt!r}, owner__username='someone'"
    rows = f"Generation.objects.filter({of_theirs}).order_by('created')"
    return studio.run(f"print(*{rows}.values_list('review', flat=True))").split()


def press(page, *keys):
    """Press, and wait for the page that follows."""
    with page.expect_navigation(wait_until="domcontentloaded"):
        for key in keys:
            page.keyboard.press(key)


def test_fifty_videos_are_reviewed_with_the_keyboard_alone(studio, enter):
    make_videos(studio, "fifty", 50)
    page = enter("rita", reduced_motion="reduce")  # fifty clips need not play
    page.goto("/admin/generations/generation/review/")
    wanted = []
    for number in range(50):
        keys, decision = [("a", "approved"), ("x1", "rejected"), ("f", "flagged")][number % 3]
        press(page, *keys)
        wanted.append(decision)
    assert reviews(studio, "fifty") == wanted


def test_words_of_ones_own_reject_too_and_no_key_fires_while_typing(studio, enter):
    make_videos(studio, "typed", 1)
    page = enter("rita")
    page.goto("/admin/generations/generation/review/")
    page.keyboard.press("x")
    page.get_by_label("Or in your own words").focus()
    page.keyboard.type("a fast axis, so far")
    press(page, "Control+Enter")
    assert reviews(studio, "typed") == ["rejected"]


def test_undo_opens_the_video_again(studio, enter):
    make_videos(studio, "undone", 2)
    page = enter("rita")
    page.goto("/admin/generations/generation/review/")
    page.locator(".studio-stage video").evaluate(PLAYS)  # the clip starts by itself
    first = page.url
    press(page, "a")
    expect(page.get_by_text("1 video approved.")).to_be_visible()
    press(page, "u")
    assert page.url.partition("?")[0] == first.partition("?")[0]
    expect(page.get_by_text("1 decision undone.")).to_be_visible()
    assert reviews(studio, "undone") == ["pending", "pending"]
    press(page, "s")
    assert page.url.partition("?")[0] != first.partition("?")[0]
    assert reviews(studio, "undone") == ["pending", "pending"]


def test_twelve_are_rejected_together_and_taken_back(studio, enter):
    make_videos(studio, "twelve", 12)
    page = enter("rita")
    page.goto(f"{SHEET}?q=twelve")
    page.get_by_label("All on this page").check()
    expect(page.get_by_text("12 selected")).to_be_visible()
    page.get_by_label("Action:").select_option("reject_selected")
    page.get_by_role("button", name="Go").click()
    expect(page.locator(".studio-poster img")).to_have_count(12)
    page.get_by_label("It may copy a protected character").check()
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("12 videos rejected.")).to_be_visible()
    assert reviews(studio, "twelve") == ["rejected"] * 12
    page.get_by_role("button", name="Undo the last decision").click()
    expect(page.get_by_text("12 decisions undone.")).to_be_visible()
    assert reviews(studio, "twelve") == ["pending"] * 12


def test_the_key_for_undo_works_on_the_sheet_too(studio, enter):
    make_videos(studio, "sheet undo", 1)
    page = enter("rita")
    page.goto("/admin/generations/generation/review/")
    press(page, "a")
    page.goto(f"{SHEET}?q=sheet+undo")
    page.get_by_label("Search", exact=True).focus()
    page.keyboard.press("u")
    expect(page.get_by_label("Search", exact=True)).to_have_value("usheet undo")
    page.get_by_role("heading", level=1).click()
    press(page, "u")
    expect(page.get_by_text("1 decision undone.")).to_be_visible()
    assert reviews(studio, "sheet undo") == ["pending"]


def test_two_reviewers_at_once_do_not_overwrite_each_other(studio, enter):
    make_videos(studio, "shared", 1)
    rita, rolf = enter("rita"), enter("rolf")
    rita.goto("/admin/generations/generation/review/")
    rolf.goto(rita.url)
    expect(rolf.get_by_text("rita is reviewing this at the moment.")).to_be_visible()
    press(rita, "a")
    press(rolf, "x", "1")
    expect(rolf.get_by_text(re.compile("rita.? has decided about"))).to_be_visible()
    assert reviews(studio, "shared") == ["approved"]


def test_a_poster_plays_where_it_stands(studio, enter):
    make_videos(studio, "playing", 2)
    page = enter("rita")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{SHEET}?q=playing")
    expect(page.locator("a[data-play]")).to_have_count(2)
    assert not [url for url in asked if "video.mp4" in url]
    page.locator("a[data-play]").first.click()
    video = page.locator(".studio-poster video")
    expect(video).to_have_count(1)
    video.evaluate(PLAYS)
    page.locator("a[data-play]").first.click()
    expect(video).to_have_count(1)
    assert page.url.endswith("?q=playing")


def test_posters_of_any_shape_stand_in_equal_frames(studio, enter):
    make_videos(studio, "upright", 2)
    studio.run(
        "import io; from PIL import Image; from django.core.files.base import ContentFile\n"
        "from django.core.files.storage import default_storage\n"
        "still = io.BytesIO(); Image.new('RGB', (360, 640), 'teal').save(still, 'WEBP')\n"
        "name = default_storage.save('posters/tall.webp', ContentFile(still.getvalue()))\n"
        "Generation.objects.filter(prompt='upright 0').update(poster=name)"
    )
    page = enter("rita")
    page.goto(f"{SHEET}?q=upright")
    page.wait_for_load_state("networkidle")
    boxes = [one.bounding_box() for one in page.locator(".studio-poster").all()]
    assert abs(boxes[0]["height"] - boxes[1]["height"]) < 1


def test_without_scripts_the_buttons_do_the_same(studio, enter):
    make_videos(studio, "plain", 1)
    page = enter("rita", java_script_enabled=False)
    page.goto(f"{SHEET}?q=plain")
    page.get_by_role("link", name="plain 0").click()
    page.get_by_label("The video is broken").check()
    page.get_by_role("button", name="Reject").click()
    assert reviews(studio, "plain") == ["rejected"]


OFFERED = {
    "reviewer": ["Generations", "Attention", "Numbers", "Log"],
    "operator": ["Generations", "Attention", "Numbers", "Services", "Log"],
    "finance": ["Numbers", "Spend"],
}


@pytest.mark.parametrize("role", OFFERED)
def test_each_role_finds_its_own_pages(enter, role):
    page = enter(f"{role}-only", role)
    page.goto("/admin/")
    links = page.get_by_role("navigation", name="Studio").get_by_role("link")
    names = [re.sub(r"\s*\d+\+?$", "", text) for text in links.all_inner_texts()]
    assert [name for name in names if name != "To review"] == OFFERED[role]
    for name in OFFERED[role]:
        page.get_by_role("navigation", name="Studio").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text(re.compile("403|404|500"))


@pytest.mark.parametrize(
    ("theme", "language", "rules"),
    [("light", "en-GB", None), ("dark", "en-GB", ["color-contrast"]), ("light", "zh-CN", None)],
)
def test_nothing_for_axe_to_find(studio, enter, theme, language, rules):
    """In the dark theme, what colours can break."""
    make_videos(studio, f"{theme} axe", 1)
    page = enter("rita", color_scheme=theme, locale=language)
    found = {}
    for path in ("", "?view=table", "review/", "numbers/", "attention/"):
        page.goto(SHEET + path)
        found[path] = axe(page, rules)
    assert {path: complaints for path, complaints in found.items() if complaints} == {}
