"""Bad input is a sentence at its field with everything typed still there, and never a row."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection

from generations.forms import GenerationForm
from generations.forms.generation import HIDDEN_FIELDS
from generations.models import Generation
from generations.sizes import LARGER, TEXT_SIZES
from tests.forms.posting import IMAGE, TEXT, picture, posted, refused, saved, typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("services")]


# What is taken


@pytest.mark.parametrize("size", TEXT_SIZES)
def test_each_size_is_taken_as_it_stands(size, owner):
    assert saved(owner, size=size).size == size


def test_no_size_is_the_default(owner):
    assert saved(owner, size=None).size == "1920x1080"


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


def OneModel(alias):
    from generations.providers.base import Provider, VideoModel

    provider = Provider(alias=alias)
    provider.models = (VideoModel(id="wan2.2-t2v-plus", label="Wan"),)
    return provider


@pytest.mark.parametrize("pk", ["", None, "1", "not-a-uuid", "../x", "0" * 33])
def test_a_broken_id_is_replaced_by_a_fresh_one(pk, owner):
    form = posted(owner, id=pk)
    assert list(form.errors) == ["id"]
    assert "Press the button again" in form.hidden_errors[0]
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


def test_a_fresh_form_has_a_fresh_id_and_the_cheaper_sizes(owner):
    form, other = GenerationForm(user=owner), GenerationForm(user=owner)
    assert form["id"].value() != other["id"].value()
    assert form["size"].value() == "832x480"
    assert form["resolution"].value() == "480P"
    assert form["model"].value() == TEXT
    assert form["prompt_extend"].value() is True and not form["watermark"].value()


def test_a_form_begins_with_the_sizes_of_the_last_requests(owner, stranger):
    saved(owner, size="1080x1920")
    assert GenerationForm(user=owner)["size"].value() == "1080x1920"
    assert GenerationForm(user=owner)["resolution"].value() == "480P"
    saved(owner, model=IMAGE, size=None, resolution="720P", image_url="https://example.org/a.jpg")
    assert GenerationForm(user=owner)["resolution"].value() == "720P"
    assert GenerationForm(user=owner)["size"].value() == "1080x1920"
    assert GenerationForm(user=stranger)["size"].value() == "832x480"


# Asking again


def test_a_form_filled_from_a_row_has_everything_or_everything_but_the_seed(owner):
    row = saved(owner, seed="7", negative_prompt="rain", prompt_extend=None, watermark="on")
    for changes, seed in (({}, 7), ({"seed": None}, None)):
        form = GenerationForm.from_row(row, owner, **changes)
        shown = form.fields.keys() - set(HIDDEN_FIELDS[False])
        data = {name: form[name].value() for name in shown if form[name].value() is not None}
        again = GenerationForm(data, user=owner)
        assert again.is_valid(), again.errors
        fresh = again.save()
        assert fresh.pk != row.pk and fresh.seed == seed
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
