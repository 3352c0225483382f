"""The pictures of the documentation: `make screenshots` takes them anew."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from .conftest import ROOT, Studio

FOLDER = ROOT / "docs" / "screenshots"
WIDTHS = {"phone": 320, "tablet": 768, "desktop": 1440}
LOOKS = [
    ("desktop", "en", "light"), ("desktop", "en", "dark"),
    ("desktop", "zh-CN", "light"), ("desktop", "zh-CN", "dark"),
    ("tablet", "en", "dark"), ("tablet", "zh-CN", "light"),
    ("phone", "en", "light"), ("phone", "zh-CN", "dark"),
]  # fmt: skip
PROMPTS = (
    ("A red paper kite rises over a misty river valley at dawn, slow aerial shot", "1920x1080"),
    ("一只橘猫隔着窗户看初雪，特写镜头，身后是温暖的灯光", "1440x1440"),
    ("Neon signs mirrored in a rainy night street, a cyclist passes, cinematic", "832x480"),
    ("清晨的竹林，薄雾缓缓流动，镜头向前推进", "1080x1920"),
    ("A lighthouse in a storm, waves break over the rocks, wide shot", "1632x1248"),
    ("海边的风车，夕阳西下，长镜头", "1248x1632"),
)
WAITING = """
from datetime import timedelta
from django.utils import timezone
now = timezone.now()
later = {'due_at': now + timedelta(minutes=14), 'owner': me, 'model': 'sandbox-t2v'}
rows = [
    make_generation('running', prompt='A whale under the northern lights, drone shot',
        remote_state='running', submitted_at=now - timedelta(seconds=70), **later),
    make_generation('storing', prompt='晨光中的古镇石桥，乌篷船缓缓驶过', **later),
    make_generation('failed', prompt='A famous cartoon mouse dances', owner=me, error_code='ip',
        model='sandbox-t2v', created=now - timedelta(minutes=9)),
    make_generation('unconfirmed', prompt='A paper boat in the gutter', owner=me,
        error_code='unconfirmed', model='sandbox-t2v', created=now - timedelta(minutes=12)),
]
print(*[row.pk for row in rows])
"""

pytestmark = pytest.mark.screenshots


@pytest.fixture(scope="module")
def shown(studio: Studio, administrator: dict[str, Any], browser: Browser) -> list[str]:
    """The pages worth a picture, with something on them."""
    page = browser.new_page(storage_state=administrator, base_url=studio.url)
    for prompt, size in PROMPTS:
        page.goto("/")
        page.get_by_label("Prompt", exact=True).fill(prompt)
        page.get_by_label("Size").select_option(size)
        page.get_by_role("button", name="Generate").click()
        page.locator(".card", has_text=prompt[:30]).wait_for()
    page.goto("/")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.card')].every(card => card.dataset.ended)",
        timeout=60_000,
    )
    page.goto("/gallery/")
    first = page.locator(".tile > a").first.get_attribute("href")
    rows = [f"/v/{pk}/" for pk in studio.run(WAITING).split()]
    page.context.close()
    return ["/", "/gallery/", "/activity/", "/help/", "/trash/", first or "/", *rows]


NAMES = [
    "create", "gallery", "activity", "help", "trash", "video", "generating", "saving", "failed",
    "unconfirmed",
]  # fmt: skip


@pytest.mark.parametrize(("device", "language", "scheme"), LOOKS)
def test_take_pictures(
    studio: Studio, administrator: dict[str, Any], browser: Browser, shown: list[str],
    device: str, language: str, scheme: str,
) -> None:  # fmt: skip
    context = browser.new_context(
        storage_state=administrator, base_url=studio.url, locale=language,
        color_scheme=scheme, viewport={"width": WIDTHS[device], "height": 900},
    )  # fmt: skip
    page = context.new_page()
    for name, path in zip(NAMES, shown, strict=True):
        take(page, path, FOLDER / language / f"{name}-{device}-{scheme}.png")
    context.close()


REVIEWED = """
from generations.staff.review import record_review, review_version
owners = [User.objects.get_or_create(username=name)[0] for name in ('anna', 'lin', 'omar')]
for number, row in enumerate(Generation.objects.order_by('created')):
    Generation.objects.filter(pk=row.pk).update(owner=owners[number % 3])
row = Generation.objects.filter(status='succeeded').first()
record_review(row, 'rejected', by=me, seen=review_version(row), reason='quality')
"""


def test_take_pictures_of_reviewing(
    studio: Studio, administrator: dict[str, Any], browser: Browser, shown: list[str]
) -> None:
    """Last: afterwards the rows are other people's."""
    studio.run(REVIEWED)
    context = browser.new_context(
        storage_state=administrator, base_url=studio.url, locale="en",
        color_scheme="light", viewport={"width": 1280, "height": 900},
    )  # fmt: skip
    page = context.new_page()
    sheet = "/admin/generations/generation/"
    take(page, sheet, ROOT / "docs/img/review-sheet.png", full=False)
    take(page, f"{sheet}review/", ROOT / "docs/img/review-page.png", full=False)
    context.close()


def take(page: Page, path: str, target: Path, *, full: bool = True) -> None:
    page.goto(path, wait_until="networkidle")
    page.mouse.wheel(0, 2000)
    page.mouse.wheel(0, -2000)
    page.wait_for_timeout(1500 if page.locator("video").count() else 300)  # the player settles
    target.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(page.screenshot(full_page=full)))
    picture.convert("RGB").quantize(256).save(target, optimize=True)
    assert target.stat().st_size > 5_000
