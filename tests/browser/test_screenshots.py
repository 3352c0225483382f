"""The pictures of the documentation: `make screenshots` takes them anew.

The machine needs a font with Chinese characters, such as Debian's fonts-wqy-microhei.
"""

import io
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from .conftest import ROOT, Studio

FOLDER = ROOT / "docs" / "screenshots"
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 900}, "is_mobile": True, "has_touch": True},
    "desktop": {"viewport": {"width": 1440, "height": 900}},
}
# File, page, device, colours. Each is taken in both languages.
PICTURES = [
    ("create", "/", "desktop", "light"),
    ("gallery", "/gallery/", "desktop", "dark"),
    ("video", "", "desktop", "light"),
    ("phone", "/", "phone", "dark"),
]
PROMPTS = (
    ("A red paper kite rises over a misty river valley at dawn, slow aerial shot", "1920x1080"),
    ("一只橘猫隔着窗户看初雪，特写镜头，身后是温暖的灯光", "1440x1440"),
    ("Neon signs mirrored in a rainy night street, a cyclist passes, cinematic", "832x480"),
    ("清晨的竹林，薄雾缓缓流动，镜头向前推进", "1080x1920"),
    ("A lighthouse in a storm, waves break over the rocks, wide shot", "1632x1248"),
    ("海边的风车，夕阳西下，长镜头", "1248x1632"),
)
IDEAS = {
    "en": "A paper boat drifts down a rainy gutter, close to the water, soft morning light",
    "zh-CN": "纸船在雨后的水沟里漂流，镜头贴近水面，清晨柔和的光线",
}
WAITING = """
from datetime import timedelta
from django.utils import timezone
now = timezone.now()
make_generation('running', prompt='A whale under the northern lights, drone shot', owner=me,
    model='sandbox-t2v', remote_state='running', submitted_at=now - timedelta(seconds=70),
    due_at=now + timedelta(minutes=14))
"""

pytestmark = pytest.mark.screenshots


@pytest.fixture(scope="module")
def video(studio: Studio, administrator: dict[str, Any], browser: Browser) -> str:
    """The page of one video, beside others that are finished or under way."""
    page = browser.new_page(storage_state=administrator, base_url=studio.url)
    for prompt, size in PROMPTS:
        page.goto("/")
        page.get_by_label("Prompt", exact=True).fill(prompt)
        page.get_by_label("Size").select_option(size)
        page.get_by_role("button", name="Generate").click()
        page.locator(".card", has_text=prompt[:30]).wait_for()
    page.goto("/")
    expect(page.locator(".card:not([data-ended])")).to_have_count(0, timeout=300_000)
    studio.run(WAITING)
    page.goto("/gallery/")
    found = page.locator(".tile > a").first.get_attribute("href")
    page.context.close()
    assert found
    return found


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize(("name", "path", "device", "scheme"), PICTURES)
def test_take_pictures(
    studio: Studio, administrator: dict[str, Any], browser: Browser, video: str,
    language: str, name: str, path: str, device: str, scheme: str,
) -> None:  # fmt: skip
    context = browser.new_context(
        storage_state=administrator, base_url=studio.url, locale=language,
        color_scheme=scheme, **DEVICES[device],
    )  # fmt: skip
    address = f"/?{urlencode({'prompt': IDEAS[language]})}" if path == "/" else path or video
    take(context.new_page(), address, FOLDER / language / f"{name}.webp")
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
    studio: Studio, administrator: dict[str, Any], browser: Browser, video: str
) -> None:
    """Last: afterwards the rows are other people's."""
    studio.run(REVIEWED)
    context = browser.new_context(
        storage_state=administrator, base_url=studio.url, locale="en",
        color_scheme="light", viewport={"width": 1280, "height": 900},
    )  # fmt: skip
    page = context.new_page()
    sheet = "/admin/generations/generation/"
    take(page, sheet, ROOT / "docs/img/review-sheet.webp")
    take(page, f"{sheet}review/", ROOT / "docs/img/review-page.webp")
    context.close()


def take(page: Page, path: str, target: Path) -> None:
    """What a person sees of a page, in all its colours."""
    page.goto(path, wait_until="networkidle")
    page.wait_for_timeout(1500 if page.locator("video").count() else 300)  # the player settles
    target.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").save(target, quality=90, method=6)
    assert target.stat().st_size > 5_000
