"""Bad input is a sentence at its field with everything typed still there, and never a row."""

import io
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import RequestFactory
from PIL import Image

from generations.forms import GenerationForm
from generations.models import Generation
from generations.sizes import LARGER, TEXT_SIZES

pytestmark = pytest.mark.django_db

TEXT, IMAGE = "dashscope/wan2.2-t2v-plus", "dashscope/wan2.2-i2v-flash"
BROKEN = "\ufffd"


@pytest.fixture(autouse=True)
def services(settings):
    options = {"api_key": "key", "base_url": "http://127.0.0.1:9"}
    names = {"dashscope": "DashScope", "mulerouter": "MuleRouter", "relay": "Relay"}
    settings.PROVIDERS = {
        name: {"BACKEND": f"generations.providers.{name}.{adapter}", "OPTIONS": options}
        for name, adapter in names.items()
    }
    return settings


def typed(**changes):
    """What a browser posts; None leaves a field out."""
    fields = {
        "id": str(uuid4()), "model": TEXT, "prompt": "A fox in the snow", "negative_prompt": "",
        "size": "832x480", "seed": "", "prompt_extend": "on",
    }  # fmt: skip
    return {name: value for name, value in (fields | changes).items() if value is not None}


def picture(width=640, height=360, kind="JPEG", name="fox.jpg"):
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, kind)
    return SimpleUploadedFile(name, file.getvalue())


def posted(owner, files=None, **changes):
    return GenerationForm(typed(**changes), files, user=owner)


def saved(owner, files=None, **changes):
    form = posted(owner, files, **changes)
    assert form.is_valid(), form.errors
    return form.save()


def refused(owner, field, files=None, **changes):
    """The sentence at `field`, which is the only one; nothing typed is lost, no row is made."""
    form = posted(owner, files, **changes)
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert not Generation.objects.exists()
    for name, value in typed(**changes).items():
        if name != "id" and name in form.fields and "\ud83e" not in value:
            assert form[name].value() == (True if value == "on" else value)
    str(form).encode()
    (sentence,) = form.errors[field]
    return sentence


# What is taken


@pytest.mark.parametrize("size", TEXT_SIZES)
def test_each_size_is_taken_as_it_stands(size, owner):
    assert saved(owner, size=size).size == size


@pytest.mark.parametrize("size", ["1920*1080", "1920×1080", "1920X1080", " 1920x1080 "])
def test_other_spellings_of_a_size_are_ours(size, owner):
    assert saved(owner, size=size).size == "1920x1080"


def test_no_size_is_the_default(owner):
    assert saved(owner, size=None).size == "1920x1080"


def test_texts_are_normalised_and_kept_whole(owner):
    row = saved(owner, prompt="  雪\r\n" + "🦊" * 900 + " ", negative_prompt="x" * 600)
    assert row.prompt == "雪\n" + "🦊" * 900
    assert row.negative_prompt == "x" * 600


@pytest.mark.parametrize("prompt", ["\u200b\u200b\u200b", "\u3164 \ufe0f", "\u2800"])
def test_a_prompt_that_nobody_can_see_is_none(prompt, owner):
    assert refused(owner, "prompt", prompt=prompt) == "Write what the video should show."


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


def test_the_row_has_the_id_of_the_form_and_the_price_of_its_size(owner, services):
    services.PRICES = {"dashscope": {"t2v:480P": Decimal("0.10")}}
    pk = uuid4()
    row = saved(owner, id=str(pk))
    assert (row.pk, row.owner, row.price) == (pk, owner, Decimal("0.10"))
    assert (row.provider, row.model, row.status) == ("dashscope", "wan2.2-t2v-plus", "queued")
    assert saved(owner, size="1920x1080").price is None


def test_a_second_press_lands_on_the_same_row(owner):
    pk = str(uuid4())
    assert saved(owner, id=pk).pk == saved(owner, id=pk).pk == UUID(pk)
    assert saved(owner, id=pk, seed="1").pk != UUID(pk)


def test_with_one_model_the_choice_is_hidden_and_may_be_left_out(owner, services):
    services.PROVIDERS = {"only": {"BACKEND": "tests.forms.test_generation.OneModel"}}
    assert GenerationForm(user=owner)["model"].is_hidden
    assert saved(owner, model=None).model == "wan2.2-t2v-plus"


def OneModel(alias):
    from generations.providers.base import Provider, VideoModel

    provider = Provider(alias=alias)
    provider.models = (VideoModel(id="wan2.2-t2v-plus", label="Wan"),)
    return provider


# What is refused


@pytest.mark.parametrize("prompt", ["", "  ", "\r\n\t\u3000", None])
def test_an_empty_prompt(prompt, owner):
    assert refused(owner, "prompt", prompt=prompt) == "Write what the video should show."


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


@pytest.mark.parametrize("model", ["", None])
def test_without_a_model_the_first_one_is_asked(model, owner):
    row = saved(owner, model=model)
    assert (row.provider, row.model) == ("dashscope", "wan2.2-t2v-plus")


@pytest.mark.parametrize(
    "model", ["dashscope/other", "vtrix/wan22_t2v_plus", "wan2.2-t2v-plus", "/", "\0"]
)
def test_a_forged_model(model, owner):
    assert refused(owner, "model", model=model) == "Choose one of the models in the list."


@pytest.mark.parametrize("pk", ["", None, "1", "not-a-uuid", "../x", "0" * 33])
def test_a_broken_id_is_replaced_by_a_fresh_one(pk, owner):
    form = posted(owner, id=pk)
    assert list(form.errors) == ["id"]
    assert "Press the button once more" in form.hidden_errors[0]
    data = typed(id=form["id"].value())
    assert GenerationForm(data, user=owner).is_valid()


def test_a_foreign_id_is_taken_as_any_other(owner, stranger):
    """A refusal would tell that there is such a row."""
    theirs = saved(stranger)
    form = posted(owner, id=str(theirs.pk))
    assert form.is_valid()
    mine = form.save()
    assert (mine.owner, theirs.owner) == (owner, stranger)
    assert {*Generation.objects.all()} == {mine, theirs}


def test_a_limit_is_a_sentence_above_the_form_and_everything_stays(owner, services):
    services.WANSTUDIO_DAILY_VIDEOS = 0
    form = posted(owner, {"image": picture()}, model=IMAGE, size=None, resolution="480P")
    assert form.is_valid() and form.save() is None
    assert "videos for 24 hours" in form.non_field_errors()[0]
    assert form["prompt"].value() == "A fox in the snow"
    assert form.kept_preview
    assert not Generation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_refuses_is_a_sentence_and_the_same_press_may_follow(owner):
    form = posted(owner)
    assert form.is_valid()
    with connection.execute_wrapper(refuses_to_insert):
        assert form.save() is None
    assert "only one video" in form.non_field_errors()[0]
    again = GenerationForm(form.data, user=owner)
    assert again.is_valid() and str(again.save().pk) == form["id"].value()


def refuses_to_insert(execute, sql, params, many, context):
    if sql.startswith("INSERT"):
        raise OperationalError("database is locked")
    return execute(sql, params, many, context)


@pytest.mark.parametrize(
    ("model", "change", "sentence"),
    [
        ("mulerouter/wan2.2-t2v-plus", {"watermark": "on"}, "This provider does not offer it."),
        ("relay/wan2.2-i2v-flash", {"negative_prompt": "x"},
         "This model takes no negative prompt."),
        ("relay/wan2.2-i2v-flash", {"seed": "0"}, "This model takes no seed."),
        ("relay/wan2.2-i2v-flash", {"prompt_extend": "on"},
         "This model does not offer to improve the prompt."),
    ],
)  # fmt: skip
def test_an_option_that_the_model_does_not_take_is_refused_not_dropped(
    model, change, sentence, owner
):
    link = {"image_url": "https://example.org/a.jpg", "size": None} if "i2v" in model else {}
    (field,) = change
    changes = {"model": model, "prompt_extend": None, **link, **change}
    assert refused(owner, field, **changes) == sentence


def test_options_that_are_disabled_are_not_missed(owner):
    form = posted(
        owner, model="relay/wan2.2-i2v-flash", prompt_extend=None, negative_prompt=None,
        seed=None, size=None, resolution="480P", image_url="https://example.org/a.jpg",
    )  # fmt: skip
    assert form.is_valid(), form.errors
    row = form.save()
    assert (row.prompt_extend, row.watermark, row.negative_prompt) == (True, False, "")


def test_nothing_set_up_says_so(owner, services):
    services.PROVIDERS = {}
    form = posted(owner)
    assert form.errors["model"] == [
        "Video creation is not set up yet. Please tell the administrator."
    ]
    assert GenerationForm(user=owner).choice is None
    str(GenerationForm(user=owner))


# Pictures


def test_a_picture_moves_and_needs_no_prompt_where_the_service_allows_it(owner):
    row = saved(owner, {"image": picture()}, model=IMAGE, size=None, prompt="", resolution="480P")
    assert (row.size, row.prompt, row.is_image_to_video) == ("480P", "", True)
    assert row.source_image.name.endswith(".jpg")


def test_where_the_service_wants_a_prompt_the_form_does(owner):
    link = "https://example.org/a.jpg"
    model = "mulerouter/wan2.2-i2v-flash"
    assert refused(owner, "prompt", model=model, prompt="", size=None, image_url=link)


def test_without_a_script_both_sizes_arrive_and_the_fitting_one_counts(owner):
    row = saved(owner, size="832x480", resolution="720P")
    assert row.size == "832x480"
    row = saved(owner, {"image": picture()}, model=IMAGE, size="1920x1080", resolution="480P")
    assert row.size == "480P"


def test_a_size_that_the_model_has_not_is_refused(owner):
    link = {"model": IMAGE, "image_url": "https://example.org/a.jpg"}
    assert refused(owner, "resolution", size=None, resolution="1080P", **link)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("size", {"model": IMAGE, "size": "832x480", "image_url": "https://example.org/a.jpg"}),
        ("resolution", {"resolution": "480P"}),
    ],
)
def test_a_size_of_the_other_mode_is_refused_where_it_can_be_read_and_once(field, changes, owner):
    form = posted(owner, **changes)
    assert list(form.errors) == [field]
    assert form.hidden_errors == ["This size belongs to another model."]
    assert GenerationForm(form.data, user=owner).is_valid()


def test_a_picture_for_a_model_that_takes_none_is_refused_where_it_can_be_read(owner):
    form = posted(owner, image_url="https://example.org/a.jpg")
    assert form.hidden_errors == form.errors["image_url"]


def test_a_public_address_is_passed_on(owner):
    row = saved(owner, model=IMAGE, size=None, image_url=" https://example.org/a.jpg ")
    assert (row.source_url, row.source_image.name) == ("https://example.org/a.jpg", "")


@pytest.mark.parametrize("link", ["https://127.0.0.1/a.jpg", "nonsense", "https://u:p@a.org/"])
def test_a_bad_address_is_a_sentence_at_its_field(link, owner):
    assert refused(owner, "image_url", model=IMAGE, size=None, image_url=link)


def test_one_picture_and_one_alone(owner):
    wanted = {"model": IMAGE, "size": None}
    assert refused(owner, "image", **wanted) == "Choose the picture that the video begins with."
    both = refused(
        owner, "image_url", {"image": picture()}, image_url="https://a.org/a.jpg", **wanted
    )
    assert both == "Give either a picture or an address, not both."
    assert "from text alone" in refused(owner, "image", {"image": picture()})
    assert "from text alone" in refused(owner, "image_url", image_url="https://a.org/a.jpg")


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


def test_a_valid_picture_is_kept_when_another_field_is_wrong(owner):
    upload = picture()
    form = posted(owner, {"image": upload}, model=IMAGE, size=None, seed="abc")
    assert list(form.errors) == ["seed"]
    assert form.kept_preview.startswith("data:image/jpeg")
    row = saved(owner, model=IMAGE, size=None, kept_image=form["kept_image"].value())
    upload.seek(0)
    with row.source_image.open() as file:
        assert file.read() == upload.read()


def test_a_full_disk_is_a_sentence_at_the_picture_and_nothing_is_stored(owner, settings):
    settings.WANSTUDIO_DISK_RESERVE_MB = 10**9
    form = posted(owner, {"image": picture()}, model=IMAGE, size=None)
    assert form.is_valid() and form.save() is None
    assert form.errors["image"] == ["The picture could not be stored. Please try again later."]
    assert not posted(owner, {"image": picture()}, model=IMAGE, size=None, seed="abc").is_valid()
    assert not Generation.objects.exists()
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert saved(owner).prompt  # text needs no room


def kept_token(user):
    form = posted(user, {"image": picture()}, model=IMAGE, size=None, seed="abc")
    assert not form.is_valid()
    return form["kept_image"].value()


def test_a_kept_picture_survives_a_second_error_and_gives_way_to_a_new_one(owner):
    token = kept_token(owner)
    second = posted(owner, model=IMAGE, size=None, seed="abc", kept_image=token)
    assert not second.is_valid()
    assert second["kept_image"].value() == token and second.kept_preview
    blue = picture(500, 500, "PNG")
    row = saved(owner, {"image": blue}, model=IMAGE, size=None, kept_image=token)
    assert row.source_image.name.endswith(".png")
    link = "https://example.org/a.jpg"
    row = saved(owner, model=IMAGE, size=None, kept_image=token, image_url=link)
    assert (row.source_url, row.source_image.name) == (link, "")


def test_somebody_elses_kept_picture_is_nothing(owner, stranger):
    token = kept_token(stranger)
    said = refused(owner, "image", model=IMAGE, size=None, kept_image=token)
    assert said == "The picture is no longer here. Please choose it again."


def test_a_full_disk_is_a_sentence_and_no_row(owner, services, tmp_path):
    (tmp_path / "file").write_text("")
    local = services.STORAGES["default"]
    location = {"OPTIONS": local["OPTIONS"] | {"location": tmp_path / "file"}}
    services.STORAGES = services.STORAGES | {"default": local | location}
    form = posted(owner, {"image": picture()}, model=IMAGE, size=None)
    assert form.is_valid() and form.save() is None
    assert form.errors["image"] == ["The picture could not be stored. Please try again later."]
    assert posted(owner, {"image": picture()}, model=IMAGE, seed="abc", size=None).errors["seed"]
    assert not Generation.objects.exists()


# What the page shows


def test_a_fresh_form_has_a_fresh_id_and_the_defaults(owner):
    form, other = GenerationForm(user=owner), GenerationForm(user=owner)
    assert form["id"].value() != other["id"].value()
    assert form["size"].value() == "1920x1080"
    assert form["resolution"].value() == "720P"
    assert form["model"].value() == TEXT
    assert form["prompt_extend"].value() is True and not form["watermark"].value()


def test_the_size_is_a_dropdown_with_two_groups_and_the_eight_sizes(owner, services):
    services.PRICES = {"dashscope": {"t2v:480P": Decimal("0.10")}}
    html = str(GenerationForm(user=owner)["size"])
    assert html.count("<optgroup") == 2 and html.count("<option") == 8
    assert 'label="480P · about $0.10 a video"' in html
    assert '<option value="1920x1080" selected>1920x1080 · 16:9</option>' in html
    assert '<option value="832x480" data-price="$0.10">832x480 · 16:9</option>' in html


def test_what_the_chosen_model_does_not_take_has_a_reason(owner):
    form = GenerationForm(user=owner, initial={"model": "mulerouter/wan2.2-t2v-plus"})
    assert form.refuses == {"watermark": "This provider does not offer it."}


def test_a_size_that_another_model_does_not_have_gives_way_to_its_default(owner):
    form = GenerationForm(user=owner, initial={"model": TEXT, "size": "4x4", "resolution": "480P"})
    assert (form["size"].value(), form["resolution"].value()) == ("1920x1080", "480P")


def test_no_field_counts_for_the_browser_what_the_server_counts_otherwise(owner):
    assert "maxlength" not in str(GenerationForm(user=owner))


# Asking again


def test_a_form_filled_from_a_row_has_everything_or_everything_but_the_seed(owner):
    row = saved(owner, seed="7", negative_prompt="rain", prompt_extend=None, watermark="on")
    for with_seed in (True, False):
        form = GenerationForm.from_row(row, owner, with_seed=with_seed)
        data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
        again = GenerationForm(data, user=owner)
        assert again.is_valid(), again.errors
        fresh = again.save()
        assert fresh.pk != row.pk and fresh.seed == (7 if with_seed else None)
        for name in ("model", "prompt", "negative_prompt", "size", "prompt_extend", "watermark"):
            assert getattr(fresh, name) == getattr(row, name)


@pytest.mark.parametrize("size", LARGER)
def test_the_1080p_version_has_the_same_shape(size, owner):
    row = saved(owner, size=size)
    form = GenerationForm.from_row(row, owner, size=LARGER[row.size])
    width, height = (int(side) for side in form["size"].value().split("x"))
    assert max(width, height) >= 1440
    assert (width > height, width == height) == (
        size.startswith("832"), size.startswith("624"),
    )  # fmt: skip


def test_asking_again_keeps_the_picture_for_its_owner_alone(owner, stranger):
    row = saved(owner, {"image": picture()}, model=IMAGE, size=None)
    form = GenerationForm.from_row(row, owner)
    assert form.kept_preview
    kept = form["kept_image"].value()
    second = saved(owner, model=IMAGE, size=None, kept_image=kept)
    assert second.source_image.name != row.source_image.name
    assert not GenerationForm.from_row(row, stranger).kept_preview


def test_a_model_that_is_gone_is_replaced_by_one_of_its_mode(owner, services):
    row = saved(owner, model=IMAGE, size=None, image_url="https://example.org/a.jpg")
    services.PROVIDERS = {"relay": services.PROVIDERS["relay"]}
    assert GenerationForm.from_row(row, owner)["model"].value() == "relay/wan2.2-i2v-flash"


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
