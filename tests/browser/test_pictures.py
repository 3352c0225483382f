"""Pictures to start from, and videos that tell how they were made."""

import base64
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from generations.media import with_metadata
from tests.films import draw_film

HAND_OVER = """([how, content, name, type]) => {
    const bytes = Uint8Array.from(atob(content), one => one.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type }));
    const given = { dataTransfer: data, clipboardData: data, bubbles: true };
    document.dispatchEvent(new (how === "drop" ? DragEvent : ClipboardEvent)(how, given));
}"""


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "fox.png"
    Image.new("RGB", (640, 480), "#c2410f").save(path)
    return path


def drop(page, content, name, kind):
    page.evaluate(HAND_OVER, ["drop", b64(content), name, kind])


def b64(content):
    return base64.b64encode(content).decode()


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
    expect(card.locator(".state")).to_contain_text("Ready", timeout=120_000)
    assert page.evaluate("window.notReloaded")


def send_with_a_wrong_seed(page, picture):
    page.goto("/")
    page.get_by_role("link", name="Image to video").click()
    page.locator("#id_image").set_input_files(picture)
    page.get_by_text("More settings").click()
    page.get_by_label("Seed", exact=True).fill("abc")
    page.get_by_role("button", name="Generate").click()


def test_a_picture_outlives_an_error_in_another_field(page, picture):
    send_with_a_wrong_seed(page, picture)
    expect(page.get_by_label("Seed", exact=True)).to_be_focused()
    expect(page.get_by_alt_text("The chosen picture")).to_be_visible()
    page.get_by_label("Seed", exact=True).fill("12")
    page.get_by_label("Prompt", exact=True).fill("Second try")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".card", has_text="Second try")).to_have_count(1)


def test_a_picture_is_taken_out_again_and_does_not_come_back(page, picture):
    page.goto("/")
    page.get_by_role("link", name="Image to video").click()
    expect(page.get_by_role("button", name="Remove the picture")).to_be_hidden()
    page.locator("#id_image").set_input_files(picture)
    page.get_by_role("button", name="Remove the picture").click()
    expect(page.get_by_alt_text("The chosen picture")).to_be_hidden()
    expect(page.locator("#id_image")).to_be_focused()
    assert page.locator("#id_image").evaluate("input => input.files.length") == 0
    page.reload()
    expect(page.locator("#id_image")).to_be_attached()
    page.wait_for_timeout(500)
    expect(page.get_by_alt_text("The chosen picture")).to_be_hidden()


def test_a_picture_that_the_studio_kept_is_taken_out_again(page, picture):
    send_with_a_wrong_seed(page, picture)
    expect(page.locator("#id_kept_image")).to_have_value(re.compile("."))
    page.get_by_role("button", name="Remove the picture").click()
    page.get_by_label("Seed", exact=True).fill("12")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Choose the picture that the video begins with.")).to_be_visible()


def test_a_picture_outlives_a_reload_the_way_back_and_another_language(page, picture):
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Goes along")
    page.evaluate(HAND_OVER, ["paste", b64(picture.read_bytes()), "fox.png", "image/png"])
    shown = page.locator("#picture img")
    expect(shown).to_be_visible()
    page.wait_for_function("async () => await keptPicture.get('draft:image-to-video')")
    page.reload()
    expect(shown).to_be_visible()
    page.goto("/gallery/")
    page.go_back()
    expect(shown).to_be_visible()
    page.locator("summary", has_text="English").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(shown).to_be_visible()
    expect(page.locator("#id_prompt")).to_have_value("Goes along")
    page.get_by_role("button", name="生成").click()
    expect(page.locator(".card", has_text="Goes along")).to_have_count(1)
    page.goto("/?model=sandbox/sandbox-i2v")
    page.wait_for_timeout(500)
    expect(shown).to_be_hidden()


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


def test_a_press_and_the_focus_wait_for_the_fields_of_another_model(page, tmp_path):
    large = tmp_path / "large.bmp"
    large.write_bytes(bytes(13_000_000))
    held, posts = [], []
    page.goto("/")
    page.route("**/fields/**", lambda route: held.append(route))
    page.on("request", lambda request: request.method == "POST" and posts.append(request.url))
    page.get_by_role("link", name="Image to video").click()
    page.locator("#id_image").set_input_files(large)
    page.locator("#id_prompt").fill("a boat")
    page.get_by_role("button", name="Generate").click()
    page.locator("#id_prompt").focus()
    held[0].continue_()
    expect(page.locator("[data-picture-error]")).to_contain_text("10 MB")
    expect(page.locator("#id_image")).to_be_focused()
    assert posts == []


def test_a_picture_of_a_phone_is_made_smaller_and_seen_before_it_is_sent(page, tmp_path):
    path = tmp_path / "phone.jpg"
    Image.new("RGB", (4032, 3024), "#2a6").save(path)
    page.goto("/")
    page.get_by_role("link", name="Image to video").click()
    page.locator("#id_image").set_input_files(path)
    expect(page.locator("[data-picture-error]")).to_contain_text("4032 × 3024")
    page.get_by_role("button", name="Make it smaller: 2000 × 1500").click()
    expect(page.locator("[data-picture-note]")).to_contain_text("2000 × 1500, it was 4032 × 3024")
    expect(page.locator("[data-picture-error]")).to_be_empty()
    size = "image => new Promise(done => { image.decode().then(() => done(image.naturalWidth)) })"
    assert page.get_by_alt_text("The chosen picture").evaluate(size) == 2000
    page.get_by_label("Prompt", exact=True).fill("Made smaller")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".card", has_text="Made smaller")).to_have_count(1)


def test_a_picture_too_narrow_to_be_made_smaller_is_offered_nothing(page, tmp_path):
    path = tmp_path / "narrow.png"
    Image.new("RGB", (4000, 400)).save(path)
    page.goto("/")
    page.get_by_role("link", name="Image to video").click()
    page.locator("#id_image").set_input_files(path)
    expect(page.locator("[data-picture-error]")).to_contain_text("4000 × 400")
    expect(page.locator("[data-shrink]")).to_be_hidden()


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [("holes.png", "image/png", "partly transparent"), ("still.gif", "image/gif", "not accepted")],
)
def test_a_picture_that_is_not_accepted_is_told_so_before_sending(page, tmp_path, name, kind, said):
    path = tmp_path / name
    Image.new("RGBA", (400, 400), (20, 90, 60, 128)).save(path)
    page.goto("/")
    drop(page, path.read_bytes(), name, kind)
    expect(page.locator("[data-picture-error]")).to_contain_text(said)


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_a_picture_given_to_the_form_for_words_leads_to_the_one_for_pictures(page, picture, how):
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Goes along")
    page.evaluate(HAND_OVER, [how, b64(picture.read_bytes()), "fox.png", "image/png"])
    expect(page.get_by_role("link", name="Image to video")).to_have_attribute(
        "aria-current", "true"
    )
    expect(page.get_by_alt_text("The chosen picture")).to_be_visible()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Goes along")


def told(tmp_path, **story):
    """A video from here that was made as `story` says."""
    film = draw_film(tmp_path / "film.mp4", frames=10)
    with film.open("rb") as file:
        return with_metadata(file, {"by": "WAN Studio", **story}).read()


def test_a_dropped_video_without_a_seed_leaves_none_behind(page, tmp_path):
    page.goto("/")
    page.get_by_text("More settings").click()
    page.get_by_label("Seed", exact=True).fill("4711")
    story = {"prompt": "Another take", "negative_prompt": "rain", "seed": None}
    story |= {"size": "624x624", "model": "sandbox-t2v", "prompt_extend": False}
    drop(page, told(tmp_path, **story), "told.mp4", "video/mp4")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Another take")
    expect(page.get_by_label("Seed", exact=True)).to_have_value("")
    expect(page.get_by_label("Negative prompt")).to_have_value("rain")
    expect(page.locator("#id_prompt_extend")).not_to_be_checked()


def test_a_dropped_video_that_began_with_a_picture_asks_for_it_again(page, tmp_path):
    page.goto("/")
    story = {"prompt": "", "negative_prompt": "", "seed": 3, "size": "480P"}
    drop(page, told(tmp_path, **story, model="sandbox-i2v"), "told.mp4", "video/mp4")
    expect(page.locator("[data-toast]")).to_contain_text("choose it again")
    expect(page.locator("#id_resolution")).to_be_visible()
    expect(page.locator("#id_resolution")).to_have_value("480P")
    expect(page.get_by_label("Seed", exact=True)).to_have_value("3")


def test_a_downloaded_video_dropped_on_the_form_fills_it(page):
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Tell me again: 一只猫")
    page.get_by_label("Size").select_option("480x832")
    page.get_by_text("More settings").click()
    page.get_by_label("Seed", exact=True).fill("4711")
    page.get_by_role("button", name="Generate").click()
    card = page.locator(".card", has_text="Tell me again")
    expect(card.locator(".state")).to_contain_text("Ready", timeout=120_000)
    with page.expect_download() as download:
        card.get_by_role("link", name=re.compile("Download")).click()
    content = Path(download.value.path()).read_bytes()
    page.get_by_label("Prompt", exact=True).fill("Something else")
    page.get_by_label("Seed", exact=True).fill("")
    drop(page, content, "told.mp4", "video/mp4")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Tell me again: 一只猫")
    expect(page.get_by_label("Seed", exact=True)).to_have_value("4711")
    expect(page.get_by_label("Size")).to_have_value("480x832")
