"""Pictures to start from, and videos that tell how they were made."""

import base64
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

DROP = """([content, name, type]) => {
    const bytes = Uint8Array.from(atob(content), one => one.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type }));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}"""


@pytest.fixture
def picture(tmp_path) -> Path:
    path = tmp_path / "fox.png"
    Image.new("RGB", (640, 480), "#c2410f").save(path)
    return path


def drop(page, content, name, kind):
    page.evaluate(DROP, [base64.b64encode(content).decode(), name, kind])


def test_a_picture_becomes_a_video_and_the_mode_needs_no_reload(page, picture):
    page.goto("/")
    page.evaluate("window.notReloaded = true")
    page.get_by_role("link", name="Image to video").click()
    expect(page.locator("#id_size")).to_be_hidden()
    drop(page, picture.read_bytes(), "fox.png", "image/png")
    expect(page.get_by_alt_text("The chosen picture")).to_be_visible()
    page.get_by_label("Prompt", exact=True).fill("It begins to snow")
    page.get_by_role("button", name="Generate").click()
    card = page.locator(".card", has_text="It begins to snow")
    expect(card.locator(".state")).to_contain_text("Ready", timeout=40_000)
    assert page.evaluate("window.notReloaded")


def test_a_picture_outlives_an_error_in_another_field(page, picture):
    page.goto("/")
    page.get_by_role("link", name="Image to video").click()
    page.locator("#id_image").set_input_files(picture)
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Seed", exact=True).fill("abc")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_label("Seed", exact=True)).to_be_focused()
    expect(page.get_by_alt_text("The chosen picture")).to_be_visible()
    page.get_by_label("Seed", exact=True).fill("12")
    page.get_by_label("Prompt", exact=True).fill("Second try")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".card", has_text="Second try")).to_have_count(1)


def test_a_picture_that_is_too_small_is_told_so_before_sending(page, tmp_path):
    small = tmp_path / "small.png"
    Image.new("RGB", (100, 100)).save(small)
    page.goto("/")
    page.get_by_role("link", name="Image to video").click()
    page.locator("#id_image").set_input_files(small)
    expect(page.locator("[data-picture-error]")).to_contain_text("100 × 100")


def test_a_picture_that_is_too_large_is_not_sent(page, tmp_path):
    large = tmp_path / "large.bmp"
    large.write_bytes(bytes(13_000_000))
    page.goto("/")
    page.get_by_role("link", name="Image to video").click()
    page.locator("#id_image").set_input_files(large)
    posts = []
    page.on("request", lambda request: request.method == "POST" and posts.append(request.url))
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("[data-picture-error]")).to_contain_text("10 MB")
    expect(page.locator("#id_image")).to_be_focused()
    assert posts == []


def test_a_downloaded_video_dropped_on_the_form_fills_it(page):
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Tell me again: 一只猫")
    page.get_by_label("Size").select_option("480x832")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Seed", exact=True).fill("4711")
    page.get_by_role("button", name="Generate").click()
    card = page.locator(".card", has_text="Tell me again")
    expect(card.locator(".state")).to_contain_text("Ready", timeout=40_000)
    with page.expect_download() as download:
        card.get_by_role("link", name=re.compile("Download")).click()
    content = Path(download.value.path()).read_bytes()
    page.get_by_label("Prompt", exact=True).fill("Something else")
    page.get_by_label("Seed", exact=True).fill("")
    drop(page, content, "told.mp4", "video/mp4")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Tell me again: 一只猫")
    expect(page.get_by_label("Seed", exact=True)).to_have_value("4711")
    expect(page.get_by_label("Size")).to_have_value("480x832")
