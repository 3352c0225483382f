"""What each field takes, and the sentence at it when it does not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from PIL import Image

from generations.forms import GenerationForm
from tests.forms.posting import IMAGE, picture, refused, saved, typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("services")]


BROKEN = "\ufffd"


@pytest.mark.parametrize("size", ["1920*1080", "1920×1080", "1920X1080", " 1920x1080 "])
def test_other_spellings_of_a_size_are_ours(size, owner):
    assert saved(owner, size=size).size == "1920x1080"


def test_texts_are_normalised_and_kept_whole(owner):
    row = saved(owner, prompt="  雪\r\n" + "🦊" * 900 + " ", negative_prompt="x" * 600)
    assert row.prompt == "雪\n" + "🦊" * 900
    assert row.negative_prompt == "x" * 600


@pytest.mark.parametrize("prompt", ["\u200b\u200b\u200b", "\u3164 \ufe0f", "\u2800"])
def test_a_prompt_that_nobody_can_see_is_none(prompt, owner):
    assert refused(owner, "prompt", prompt=prompt) == "Describe what the video should show."


def test_5000_code_points_are_taken_and_crlf_counts_once(owner):
    assert len(saved(owner, prompt="a\r\n" * 2499 + "雪🦊").prompt) == 5000


@pytest.mark.parametrize(
    ("seed", "kept"),
    [("0", 0), ("2147483647", 2147483647), ("", None), ("  ", None), (" 7 ", 7), ("007", 7),
     ("１２", 12), ("٣", 3), ("\u200b42\u200b", 42)],
)  # fmt: skip
def test_seeds(seed, kept, owner):
    assert saved(owner, seed=seed).seed == kept


def test_a_toggle_that_is_off_is_off(owner):
    row = saved(owner, prompt_extend=None)
    assert (row.prompt_extend, row.watermark) == (False, False)
    row = saved(owner, watermark="on")
    assert (row.prompt_extend, row.watermark) == (True, True)


# What is refused


@pytest.mark.parametrize("prompt", ["", "  ", "\r\n\t\u3000", None])
def test_an_empty_prompt(prompt, owner):
    assert refused(owner, "prompt", prompt=prompt) == "Describe what the video should show."


def test_more_than_5000_characters(owner):
    assert "5,000" in refused(owner, "prompt", prompt="雪" * 5001)
    assert "5,000" in refused(owner, "negative_prompt", negative_prompt="x" * 5001)


@pytest.mark.parametrize("text", ["a\0b", "a\ud83eb", f"a{BROKEN}b"])
@pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
def test_nul_and_half_characters(text, field, owner):
    assert "damaged character" in refused(owner, field, **{field: text})


@pytest.mark.parametrize(
    "body", [b"prompt=a%00b", b"prompt=a%ED%A0%BEb", b"prompt=a%FFb", b"prompt=%C3"]
)
def test_the_same_as_bytes_of_a_real_post(body, owner):
    rest = "&".join(f"{name}={value}" for name, value in typed(prompt=None).items())
    kind = "application/x-www-form-urlencoded"
    request = RequestFactory().post("/", body + b"&" + rest.encode(), content_type=kind)
    form = GenerationForm(request.POST, request.FILES, user=owner)
    assert list(form.errors) == ["prompt"]
    str(form).encode()


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "utf-16", "unicode_escape", "utf-7"])
def test_a_multipart_post_in_any_charset_makes_no_half_characters(charset, owner):
    part = b'--X\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    fields = typed(prompt=None).items()
    body = b"".join(part % (name.encode(), value.encode()) for name, value in fields)
    body += part % (b"prompt", rb"\ud83e+2D4-") + b"--X--\r\n"
    kind = f"multipart/form-data; boundary=X; charset={charset}"
    request = RequestFactory().post("/", body, content_type=kind)
    form = GenerationForm(request.POST, request.FILES, user=owner)
    form.is_valid()
    str(form).encode()
    assert "\ud83e" not in form.cleaned_data.get("prompt", "")


@pytest.mark.parametrize(
    "size",
    ["1080P", "16:9", "1280x720", "1280*720", "720P", "480P", "", "1920x1080x", "1920 x 1080",
     "1920x1081", "x", "1920**1080", "wide"],
)  # fmt: skip
def test_what_is_no_size_of_the_model(size, owner):
    assert refused(owner, "size", size=size) == "Choose one of the sizes in the list."


@pytest.mark.parametrize(
    "seed",
    ["-1", "2147483648", "abc", "1.5", "1e3", "+5", "0x10", "9" * 30, "9" * 5000,
     "1 2", "1_000", "1,000", "NaN", "\0", "1\0"],
)  # fmt: skip
def test_what_is_no_seed(seed, owner):
    assert "whole number from 0 to 2147483647" in refused(owner, "seed", seed=seed)


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("fox.jpg", b""),
        SimpleUploadedFile("fox.jpg", b"<svg onload=alert(1)>"),
        SimpleUploadedFile("fox.jpg", b"\xff\xd8\xff" + b"x" * 100),
        picture(359, 360),
        picture(2001, 400),
        picture(400, 400, "GIF"),
        SimpleUploadedFile("fox.jpg", b"\xff\xd8" + b"x" * (10 * 1024 * 1024)),
    ],
    ids=["empty", "svg", "broken", "small", "large", "gif", "heavy"],
)
def test_a_bad_picture_is_a_sentence_at_its_field(file, owner):
    assert refused(owner, "image", {"image": file}, model=IMAGE, size=None)


def test_no_field_counts_for_the_browser_what_the_server_counts_otherwise(owner):
    assert "maxlength" not in str(GenerationForm(user=owner))


def test_a_picture_that_is_too_large_comes_back_smaller_and_is_sent_by_the_next_press(owner):
    data = typed(model=IMAGE, resolution="480P", size=None)
    form = GenerationForm(data, {"image": picture(4032, 3024)}, user=owner)
    assert not form.is_valid()
    [said] = form.errors["image"]
    assert "had 4032 × 3024 pixels" in said
    assert "to 2000 × 1500" in said
    assert form.kept_preview.startswith("data:image/jpeg")
    again = GenerationForm(data | {"kept_image": form.data["kept_image"]}, user=owner)
    assert again.is_valid(), again.errors
    row = again.save()
    with Image.open(row.source_image) as sent:
        assert sent.size == (2000, 1500)
