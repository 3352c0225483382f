"""The way from the form to a playing video, in Firefox."""

import shutil

import pytest

from .conftest import NAME, PASSWORD
from .firefox import firefox

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")
PAGES = ("/", "/gallery/?tier=480P", "/activity/", "/trash/", "/help/", "/no-such-page/")
CARD = """[...document.querySelectorAll(".card[data-ended]")]
    .find((card) => card.textContent.includes("as Firefox sees it"))"""
PASTE = """{
    const data = new DataTransfer();
    data.setData("text/plain", "from a table");
    data.setData("text/html", "<table><tr><td>from a table</td></tr></table>");
    data.items.add(new File([new Uint8Array(9)], "table.png", { type: "image/png" }));
    const area = document.getElementById("id_prompt");
    area.focus();
    const how = { clipboardData: data, bubbles: true, cancelable: true };
    area.dispatchEvent(new ClipboardEvent("paste", how));
    document.querySelector("[data-mode-choice][aria-current]").innerText.trim();
}"""


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    if not PROGRAM:
        pytest.skip("there is no Firefox here")
    with firefox(PROGRAM, tmp_path_factory.mktemp("firefox")) as opened:
        yield opened


def sign_in(window, url):
    window.goto(f"{url}/accounts/login/")
    window.click("#id_username")
    window.press(NAME)
    window.click("#id_password")
    window.press(PASSWORD)
    window.press("Enter")
    window.wait_for("document.querySelector('#compose') && document.readyState === 'complete'")


def test_a_prompt_becomes_a_video_that_plays(window, studio, administrator):
    sign_in(window, studio.url)
    window.evaluate("document.getElementById('id_size').value = '832x480'")
    window.click("#id_prompt")
    window.press("A red kite, as Firefox sees it")
    window.click(".sends .button")
    window.wait_for(CARD)
    page = window.evaluate(f"{CARD}.dataset.page")
    window.goto(f"{studio.url}{page}")
    window.evaluate("document.querySelector('video').muted = true")
    window.evaluate("document.querySelector('video').play().then(() => 'plays')")
    window.wait_for("document.querySelector('video').currentTime > 0.2")
    assert window.complaints == []


def test_no_page_breaks_its_policy_or_throws(window, studio, administrator):
    for path in PAGES:
        window.goto(f"{studio.url}{path}")
    assert [one for one in window.complaints if "404" not in one] == []


def test_text_that_is_pasted_with_a_picture_stays_text(window, studio, administrator):
    window.goto(f"{studio.url}/")
    assert window.evaluate(PASTE) == "Text to video"
    assert window.evaluate("document.getElementById('id_image').files.length") == 0
