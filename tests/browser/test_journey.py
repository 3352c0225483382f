"""From the form to a playing video, as people do it."""

import re

import pytest
from playwright.sync_api import expect


def generate(page, prompt, size="832x480"):
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill(prompt)
    page.get_by_label("Size").select_option(size)
    page.get_by_role("button", name="Generate").click()


@pytest.mark.parametrize("prompt", ["A red kite over the valley", "一只小猫在雪地里玩耍"])
def test_a_prompt_becomes_a_video_that_plays_and_seeks_without_a_reload(page, prompt):
    generate(page, prompt)
    card = page.locator(".card", has_text=prompt).first
    expect(card).to_be_visible()
    page.evaluate("window.notReloaded = true")
    expect(card.locator(".state")).to_contain_text("Ready", timeout=120_000)
    assert page.evaluate("window.notReloaded")
    card.get_by_role("link", name="Play").click()
    video = page.locator("video")
    expect(video).to_be_visible()
    video.evaluate("video => video.play()")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.2")
    video.evaluate("video => { video.pause(); video.currentTime = 4; }")
    page.wait_for_function("() => !document.querySelector('video').seeking")
    assert video.evaluate("video => [video.videoWidth, video.videoHeight]") == [832, 480]
    assert abs(video.evaluate("video => video.currentTime") - 4) < 0.1


def test_the_page_of_a_generation_turns_into_its_player_by_itself(page):
    generate(page, "A slow river")
    page.locator(".card", has_text="A slow river").locator("a.says").click()
    page.evaluate("window.notReloaded = true")
    expect(page.locator("video")).to_be_visible(timeout=120_000)
    assert page.evaluate("window.notReloaded")
    expect(page.locator("#announce")).to_have_text("Ready")


def test_after_sending_the_form_keeps_its_content_and_has_a_fresh_id(page):
    page.goto("/")
    first = page.locator("#id_id").input_value()
    page.get_by_label("Prompt", exact=True).fill("Twice the same")
    page.get_by_label("Size").select_option("480x832")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".card", has_text="Twice the same")).to_have_count(1)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Twice the same")
    expect(page.locator("#id_id")).not_to_have_value(first)
    expect(page.locator("#sent")).to_contain_text("Sent: \u2068Twice the same\u2069")
    expect(page.locator("[data-on-way]")).to_contain_text("on")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Send it again?")).to_be_in_viewport()
    expect(page.locator(".card", has_text="Twice the same")).to_have_count(1)
    page.get_by_role("button", name="Send anyway").click()
    expect(page.locator(".card", has_text="Twice the same")).to_have_count(2)
    expect(page.get_by_text("Send it again?")).to_have_count(0)


@pytest.mark.parametrize("size", [(1280, 720), (1366, 657), (1440, 900), (390, 844)])
def test_after_a_press_its_card_is_in_view_and_the_button_in_reach(page, size):
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/")
    page.get_by_text("More settings").click()  # a long form
    page.get_by_label("Prompt", exact=True).fill(f"Seen at {width}")
    button = page.get_by_role("button", name="Generate")
    expect(button).to_be_in_viewport(ratio=1)
    button.click()
    expect(page.locator(".card", has_text=f"Seen at {width}")).to_be_in_viewport(ratio=0.9)
    expect(button).to_be_in_viewport(ratio=1)


def test_control_enter_sends_from_any_field_and_enter_alone_sends_nothing(page, studio):
    page.goto("/")
    prompt = page.get_by_label("Prompt", exact=True)
    expect(prompt).to_be_focused()
    page.keyboard.type("Sent by the keys")
    page.get_by_text("More settings").click()
    seed = page.get_by_label("Seed", exact=True)
    seed.press("7")
    seed.press("Enter")
    page.wait_for_timeout(500)
    assert studio.run("print(Generation.objects.filter(seed=7).count())") == "0"
    seed.press("Control+Enter")
    expect(page.locator(".card", has_text="Sent by the keys")).to_have_count(1)


def test_while_it_is_sent_the_button_says_so(page):
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Slowly sent")
    held = []
    page.route(page.url, lambda route: held.append(route))
    page.get_by_role("button", name="Generate").click()
    busy = page.get_by_role("button", name="Sending…")
    expect(busy).to_have_attribute("aria-busy", "true")
    held[0].continue_()
    expect(page.locator(".card", has_text="Slowly sent")).to_have_count(1)
    expect(page.get_by_role("button", name="Generate")).not_to_have_attribute("aria-busy", "true")


def test_a_double_click_that_spans_the_answer_asks_once(page, studio):
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Clicked in haste")
    x, y = centre(page.get_by_role("button", name="Generate"))
    page.mouse.move(x, y)
    for count in (1, 2, 3):
        page.mouse.down(click_count=count)
        page.mouse.up(click_count=count)
        page.locator(".card", has_text="Clicked in haste").first.wait_for()
    page.wait_for_timeout(1500)
    assert studio.run("print(Generation.objects.filter(prompt='Clicked in haste').count())") == "1"
    expect(page.get_by_role("button", name="Generate")).to_be_focused()


def test_enter_held_down_on_the_button_asks_once(page, studio):
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Held down for long")
    page.get_by_role("button", name="Generate").focus()
    for _ in range(40):
        page.keyboard.down("Enter")
        page.wait_for_timeout(50)
    page.keyboard.up("Enter")
    rows = "Generation.objects.filter(prompt='Held down for long')"
    page.locator(".card", has_text="Held down for long").first.wait_for()
    assert studio.run(f"print({rows}.count())") == "1"


def centre(button):
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_refused_form_keeps_everything_and_leads_to_the_field(page):
    page.goto("/")
    page.get_by_text("More settings").click()
    page.get_by_label("Seed", exact=True).fill("abc")
    page.get_by_label("Prompt", exact=True).fill("Kept as it was")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("#id_seed_error")).to_be_visible()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Kept as it was")
    expect(page.get_by_label("Seed", exact=True)).to_be_focused()


def test_a_refusal_above_the_form_is_brought_into_view(page, studio):
    page.set_viewport_size({"width": 390, "height": 500})
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Refused as a whole")
    page.locator("#id_id").evaluate("input => { input.value = 'nonsense'; }")
    button = page.get_by_role("button", name="Generate")
    button.scroll_into_view_if_needed()
    button.click()
    expect(page.locator("#compose [role=alert]")).to_be_in_viewport(ratio=1)
    expect(button).to_be_focused()


def test_counters_count_code_points_and_show_what_will_be_cut(page):
    page.goto("/")
    area = page.get_by_label("Prompt", exact=True)
    area.fill("😀" * 799 + "猫狗")
    counter = page.locator("#id_prompt_counter")
    expect(counter).to_have_text("801 / 800: the last character will not be sent")
    expect(page.locator("#id_prompt_count del")).to_have_text("狗")
    page.get_by_role("button", name="Trim to 800").click()
    expect(counter).to_have_text("800 / 800")
    area.fill("one\r\ntwo")
    expect(counter).to_have_text("7 / 800")


def test_the_drawn_shape_follows_the_chosen_size(page):
    page.goto("/")
    for size in ("1920x1080", "1080x1920", "1440x1440", "1632x1248"):
        page.get_by_label("Size").select_option(size)
        drawn = page.locator("[data-shape] rect").evaluate(
            "rect => rect.getAttribute('width') / rect.getAttribute('height')"
        )
        width, height = map(int, size.split("x"))
        assert abs(drawn - width / height) < 0.01


def test_a_throw_of_the_dice_is_a_visible_seed(page):
    page.goto("/")
    page.get_by_text("More settings").click()
    page.get_by_role("button", name="Random seed").click()
    assert 0 <= int(page.get_by_label("Seed", exact=True).input_value()) <= 2_147_483_647


def test_a_draft_outlives_the_page_until_it_is_sent(page):
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Half a thought")
    page.goto("/help/")
    page.goto("/")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Half a thought")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".card", has_text="Half a thought")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("")


def test_a_lost_session_asks_to_sign_in_and_comes_back_to_the_same_place(page, studio):
    generate(page, "Signed out in between")
    page.goto("/activity/")
    cookies = [c for c in page.context.cookies() if not c["name"].startswith("wanstudio_session_")]
    page.context.clear_cookies()
    page.context.add_cookies(cookies)
    page.goto("/activity/")
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next=%2Factivity%2F"))
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/activity/$"))


def test_deleted_and_taken_back_with_the_keyboard_alone(page, studio):
    pk = studio.run("print(make_generation('succeeded', owner=me, prompt='Soon gone').pk)")
    page.goto("/gallery/")
    page.locator(f"a[href='/v/{pk}/']").focus()
    page.keyboard.press("Delete")
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("Soon gone")
    expect(page.locator(f"a[href='/v/{pk}/']")).to_have_count(0)
    toast.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"a[href='/v/{pk}/']")).to_have_count(1)


def test_a_press_without_an_answer_asks_for_another_one_and_makes_one_video(page, studio):
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Pressed into the void")
    page.context.set_offline(True)
    page.get_by_role("button", name="Generate").click()
    expect(page.locator("[data-toast]")).to_contain_text("Press Generate again")
    expect(page.get_by_text("Trying again…")).to_be_hidden()
    page.context.set_offline(False)
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".card", has_text="Pressed into the void")).to_have_count(1)


def test_a_question_answered_with_an_error_is_said_until_an_answer_comes(page, studio):
    pk = studio.run(
        "from datetime import timedelta; from django.utils import timezone\n"
        "now = timezone.now()\n"
        "later = now + timedelta(minutes=5)\n"
        "print(make_generation('storing', owner=me, claimed_at=now, due_at=later).pk)"
    )
    for path, questions in (("/activity/", "**/live/*"), (f"/v/{pk}/", "**/status/*")):
        page.route(questions, lambda route: route.fulfill(status=502, body="bad gateway"))
        page.goto(path)
        expect(page.get_by_text("Trying again…")).to_be_visible()
        page.unroute(questions)
        expect(page.get_by_text("Trying again…")).to_be_hidden()
    studio.run(f"Generation.objects.filter(pk='{pk}').delete()")


def test_the_network_cut_in_the_middle_says_so_and_goes_on_afterwards(page, studio):
    pk = studio.run(
        "from datetime import timedelta; from django.utils import timezone\n"
        "now = timezone.now()\n"
        "later = now + timedelta(minutes=5)\n"
        "print(make_generation('storing', owner=me, claimed_at=now, due_at=later).pk)"
    )
    page.goto(f"/v/{pk}/")
    page.context.set_offline(True)
    expect(page.locator("[data-lost]").first).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("[data-lost]").first).to_be_hidden()
    studio.run(f"Generation.objects.filter(pk='{pk}').delete()")
