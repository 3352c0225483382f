"""Which models can be chosen, and which sizes and options go with each."""

from decimal import Decimal

import pytest

from generations.forms import GenerationForm
from tests.forms.posting import IMAGE, TEXT, posted, refused, saved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("services")]


def test_with_one_model_the_choice_is_hidden_and_may_be_left_out(owner, services):
    services.PROVIDERS = {"only": {"BACKEND": "tests.forms.test_generation.OneModel"}}
    assert len(GenerationForm(user=owner).models_of_mode) == 1
    assert saved(owner, model=None).model == "wan2.2-t2v-plus"


@pytest.mark.parametrize("model", ["", None])
def test_without_a_model_the_first_one_is_asked(model, owner):
    row = saved(owner, model=model)
    assert (row.provider, row.model) == ("dashscope", "wan2.2-t2v-plus")


@pytest.mark.parametrize(
    "model", ["dashscope/other", "vtrix/wan22_t2v_plus", "wan2.2-t2v-plus", "/", "\0"]
)
def test_a_forged_model(model, owner):
    assert refused(owner, "model", model=model) == "Choose one of the models in the list."


def test_nothing_set_up_says_so(owner, services):
    services.PROVIDERS = {}
    form = posted(owner)
    assert form.errors["model"] == [
        "Video creation is not set up yet. Please tell the administrator."
    ]
    assert GenerationForm(user=owner).choice is None
    str(GenerationForm(user=owner))


def test_the_size_is_a_dropdown_with_two_groups_and_the_eight_sizes(owner, services):
    services.PRICES = {"dashscope": {"t2v:480P": Decimal("0.10")}}
    html = str(GenerationForm(user=owner, initial={"size": "1920x1080"})["size"])
    assert html.count("<optgroup") == 2 and html.count("<option") == 8
    assert 'label="480P · about $0.10 a video"' in html
    assert '<option value="1920x1080" selected>1920x1080 · 16:9</option>' in html
    assert '<option value="832x480" data-price="$0.10">832x480 · 16:9</option>' in html


def test_what_the_chosen_model_does_not_take_has_a_reason(owner):
    form = GenerationForm(user=owner, initial={"model": "mulerouter/wan2.2-t2v-plus"})
    assert form.refuses == {"watermark": "This provider does not offer it."}


def test_a_size_that_another_model_does_not_have_gives_way_to_one_it_has(owner):
    form = GenerationForm(user=owner, initial={"model": TEXT, "size": "4x4", "resolution": "480P"})
    assert (form["size"].value(), form["resolution"].value()) == ("832x480", "480P")


def test_a_model_that_is_gone_is_replaced_by_one_of_its_mode(owner, services):
    row = saved(owner, model=IMAGE, size=None, image_url="https://example.org/a.jpg")
    services.PROVIDERS = {"relay": services.PROVIDERS["relay"]}
    assert GenerationForm.from_row(row, owner)["model"].value() == "relay/wan2.2-i2v-flash"
