"""Every service and mode: from the form to a playing video, and what left on the way, key by key.

All services are set up at once, two accounts of one protocol among them, each with a key of its
own; they are played over HTTP by one emulator, each below a path of its own.
"""

import base64
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Studio, axe, blameless, first_run, running
from tests.browser.contexts import Contexts
from tests.browser.services import ACCOUNTS, ALIASES, HEADERS, KEYS, PAIRS, PRICES, TOLD, Pair
from tests.emulator import Emulator
from tests.emulator.state import Recorded


@pytest.fixture(scope="module")
def services() -> Iterator[Emulator]:
    with Emulator(keys=tuple(KEYS.values())) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def wide(services: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with every service there is."""
    env = {"WANSTUDIO_ALIASES": ",".join(f"{own}={of}" for own, of in ALIASES.items())}
    for alias, (key, path) in ACCOUNTS.items():
        name = alias.upper().replace("-", "_")
        env |= {f"{name}_API_KEY": key, f"{name}_BASE_URL": services.base_url + path}
        env |= {f"{name}_POLL_EVERY": "0.2", f"{name}_SUBMIT_EVERY": "0", f"{name}_PRICES": PRICES}
    env["VTRIX_PLAIN_BODY"] = "plain"
    env |= {"WANSTUDIO_DAILY_USD": "3", "WANSTUDIO_REVIEW": "before"}
    with running(tmp_path_factory.mktemp("wide"), **env) as started:
        yield started


@pytest.fixture(scope="module")
def cookies(wide: Studio, browser: Any) -> dict[str, Any]:
    return first_run(wide, browser)


@pytest.fixture
def page(wide: Studio, contexts: Contexts, cookies: dict[str, Any]) -> Iterator[Page]:
    with opened(wide, contexts, cookies) as page:
        yield page


@contextmanager
def opened(
    wide: Studio, contexts: Contexts, cookies: dict[str, Any], language: str = "en-GB",
    width: int = 1280,
) -> Iterator[Page]:  # fmt: skip
    with contexts.lent(
        storage_state=cookies, base_url=wide.url, locale=language,
        viewport={"width": width, "height": 844}, reduced_motion="reduce",
    ) as context, blameless(context, wide.url):  # fmt: skip
        yield context.new_page()


def picture() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(file, "PNG")
    return file.getvalue()


def choose(page: Page, pair: Pair) -> None:
    """Its mode, and there its model: the menu holds those of one mode."""
    page.get_by_role("link", name="Image to video" if pair.is_image else "Text to video").click()
    page.get_by_label("Model", exact=True).select_option(pair.value)
    expect(page.locator("#fields")).to_have_attribute("data-model", pair.value)


def ask(page: Page, pair: Pair, prompt: str) -> None:
    """Choose the model, say everything that it takes, and send it."""
    page.goto("/")
    choose(page, pair)
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_text("What should not appear", exact=True).click()
    page.get_by_text("More settings").click()
    if pair.is_image:
        page.locator("#id_image").set_input_files(
            {"name": "fox.png", "mimeType": "image/png", "buffer": picture()}
        )
        page.get_by_label("Resolution").select_option("480P")
    else:
        page.get_by_label("Size").select_option("832x480")
    options = {
        "negative_prompt": lambda: page.get_by_label("Negative prompt").fill("blurry"),
        "seed": lambda: page.get_by_label("Seed", exact=True).fill("0"),
        "prompt_extend": lambda: page.locator("#id_prompt_extend").set_checked(pair.extends),
        "watermark": lambda: page.locator("#id_watermark").check(),
    }
    for name in options.keys() - pair.refuses:
        options[name]()
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".card", has_text=prompt)).to_be_visible()


@pytest.fixture(scope="module")
def asked(wide: Studio, contexts: Contexts, cookies: dict[str, Any]) -> dict[Pair, str]:
    """Every pair asked for by the form, one after the other; the prompt of each."""
    prompts = {pair: f"A paper boat by {pair}" for pair in PAIRS}
    with opened(wide, contexts, cookies) as page:
        for pair, prompt in prompts.items():
            ask(page, pair, prompt)
    return prompts


def told(page: Page) -> set[str]:
    named = page.locator("aside h2, aside dt").all_inner_texts()
    return {*named} & set().union(*TOLD.values())


def beside_the_header(seen: Recorded) -> str:
    """All of a request but the one header that may hold the key."""
    rest = {name: value for name, value in seen.headers.items() if name != "authorization"}
    return f"{seen.target} {rest} {seen.raw!r}"


def play(page: Page) -> None:
    video = page.locator("video")
    video.evaluate("video => video.play()")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.2")
    video.evaluate("video => { video.pause(); video.currentTime = 4; }")
    page.wait_for_function("() => !document.querySelector('video').seeking")
    assert abs(video.evaluate("video => video.currentTime") - 4) < 0.1


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_from_the_form_to_a_playing_video_with_nothing_undocumented_on_the_wire(
    pair: Pair, page: Page, services: Emulator, asked: dict[Pair, str]
) -> None:
    prompt = asked[pair]
    page.goto("/activity/")
    card = page.locator(".card", has_text=prompt)
    expect(card.locator(".state")).to_contain_text("Ready", timeout=120_000)
    card.get_by_role("link", name="Play").click()
    play(page)
    assert told(page) == TOLD[pair.alias]

    image = "data:image/png;base64," + base64.b64encode(picture()).decode()
    [create] = [seen for seen in services.creates if prompt in seen.raw.decode()]
    assert create.path == pair.path
    assert create.body == pair.body(prompt, image)
    assert create.headers.keys() == HEADERS | pair.headers.keys()
    assert pair.headers.items() <= create.headers.items()
    assert create.headers["content-type"] == "application/json"

    task = next(id for id, task in services.tasks.items() if task.prompt == prompt)
    calls = [create, *(seen for seen in services.requests if seen.task == task)]
    for seen in calls:
        bearer = f"Bearer {KEYS[pair.alias]}" if seen.verb in ("create", "poll") else None
        assert seen.headers.get("authorization") == bearer
        assert not [key for key in KEYS.values() if key in beside_the_header(seen)]
    assert {seen.verb for seen in calls} == {"create", "poll", "download"}

    stored = page.request.get(page.url.partition("?")[0] + "video.mp4")
    assert stored.body() == services.content(task)


def test_the_form_offers_every_service_and_names_accounts_apart(page: Page) -> None:
    page.goto("/")
    for mode, is_image in (("Text to video", False), ("Image to video", True)):
        page.get_by_role("link", name=mode).click()
        offered = page.get_by_label("Model", exact=True).locator("option")
        expect(offered).to_have_count(len(ACCOUNTS))
        expect(page.locator("#id_size")).to_be_visible(visible=not is_image)
        values = offered.evaluate_all("options => options.map(option => option.value)")
        assert {value.partition("/")[0] for value in values} == ACCOUNTS.keys()
        assert {pair.value for pair in PAIRS if pair.is_image == is_image} <= set(values)
        labels = offered.all_inner_texts()
        assert len(set(labels)) == len(labels)
        assert not any(word in label for label in labels for word in ("to video", "Sandbox"))


def test_the_model_of_the_address_beats_the_one_of_a_draft(page: Page) -> None:
    page.goto("/")
    model = page.get_by_label("Model", exact=True)
    texts = model.locator("option").evaluate_all("all => all.map(one => one.value)")
    page.get_by_label("Prompt", exact=True).fill("Kept for another model")
    model.select_option(texts[1])
    page.goto(f"/?model={texts[2]}")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Kept for another model")
    expect(model).to_have_value(texts[2])
    model.select_option(texts[3])  # chosen since
    page.reload()
    expect(model).to_have_value(texts[3])


def test_what_a_model_does_not_take_stands_there_disabled_with_the_reason(page: Page) -> None:
    page.goto("/")
    for pair in PAIRS:
        choose(page, pair)
        for box in page.locator("[data-option]").all():
            name = box.get_attribute("data-option")
            assert bool(box.locator("[data-reason]").text_content()) == (name in pair.refuses)
            expect(page.locator(f"#id_{name}")).to_be_enabled(enabled=name not in pair.refuses)
        expect(page.locator("#id_size")).to_be_visible(visible=not pair.is_image)
        expect(page.locator("#id_resolution")).to_be_visible(visible=pair.is_image)
        expect(page.locator("#id_image")).to_be_visible(visible=pair.is_image)


def test_a_model_chosen_while_fields_arrive_is_not_taken_back(page: Page) -> None:
    page.goto("/")
    choose(page, PAIRS[0])
    page.evaluate(
        """([arriving, chosen]) => document.body.addEventListener("htmx:beforeSwap", (event) => {
            if (!event.detail.serverResponse.includes(`data-model="${arriving}"`)) return;
            const menu = document.querySelector("#id_model");
            menu.value = chosen;
            menu.dispatchEvent(new Event("input", { bubbles: true }));
        })""",
        [PAIRS[5].value, PAIRS[3].value],
    )
    page.get_by_label("Model", exact=True).select_option(PAIRS[5].value)
    expect(page.locator("#fields")).to_have_attribute("data-model", PAIRS[3].value)
    expect(page.get_by_label("Model", exact=True)).to_have_value(PAIRS[3].value)


def test_progress_is_shown_where_the_service_sends_it(page: Page, services: Emulator) -> None:
    slow = services.fail("poll", "running", prompt="A long way", times=None)
    sends = {PAIRS[0]: 0, PAIRS[3]: 0, PAIRS[5]: 1, PAIRS[9]: 1}
    for pair in sends:
        ask(page, pair, f"A long way by {pair}")
    for pair, bars in sends.items():
        card = page.locator(".card", has_text=f"A long way by {pair}")
        expect(card.locator(".state")).to_contain_text("Generating")
        expect(card.locator("progress")).to_have_count(bars)
    slow.times = 0


def test_a_row_whose_service_is_gone_waits_and_says_so(page: Page, wide: Studio) -> None:
    pk = wide.run("print(make_generation('queued', owner=me, provider='sold', prompt='Left').pk)")
    page.goto(f"/v/{pk}/")
    expect(page.locator("#status")).to_contain_text("this provider is not set up at the moment")
    card_is_open = f"print(Generation.objects.get(pk={pk!r}).status)"
    assert wide.run(card_is_open) == "queued"


WORDS = {
    ("en-GB", 1440): ("Generate × 4 · about $0.40", "This costs more than", "waits for review"),
    ("zh-CN", 390): ("生成 × 4 · 约 $0.40", "费用超出剩余预算", "已共享：等待审核"),
}


@pytest.mark.parametrize("mode", WORDS, ids=lambda mode: mode[0])
def test_the_price_the_budget_and_the_review_are_said_beforehand(
    wide: Studio, contexts: Contexts, cookies: dict[str, Any], mode: tuple[str, int]
) -> None:
    price, over, shared = WORDS[mode]
    pk = wide.run("print(make_generation('succeeded', owner=me, prompt='Shared').pk)")
    with opened(wide, contexts, cookies, *mode) as page:
        page.goto("/?model=dashscope/wan2.2-t2v-plus")
        page.locator("#id_size").select_option("832x480")
        page.locator("#id_takes").press("4")
        expect(page.locator(".sends .main .idle")).to_have_text(price)
        expect(page.locator("#over")).to_be_hidden()
        page.locator("#id_size").select_option("1920x1080")
        expect(page.locator("#over")).to_contain_text(over)
        assert axe(page) == []
        page.goto(f"/v/{pk}/")
        page.locator("form[action$='/share/'] button").press("Enter")
        expect(page.locator("form[action$='/share/'] button")).to_contain_text(shared)


def test_the_days_of_what_was_spent_stand_in_their_fields_in_chinese(
    wide: Studio, contexts: Contexts, cookies: dict[str, Any]
) -> None:
    with opened(wide, contexts, cookies, "zh-CN") as page:
        page.goto("/admin/generations/generation/spend/")
        days = page.locator("input[type=date]")
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day.input_value()) for day in days.all())
        page.get_by_role("button", name="显示").press("Enter")
        expect(page).to_have_url(re.compile("since=|from="))
