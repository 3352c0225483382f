"""What each configured model takes, and why not."""

from decimal import Decimal

import pytest
from django.utils import translation

from generations.creation.catalog import model_choices, price_of, prompt_limits, size_label
from generations.sizes import TEXT_SIZES


def found(value):
    return next(offer for offer in model_choices() if offer.value == value)


def test_the_eight_sizes_in_two_groups(services):
    groups = found("dashscope/wan2.2-t2v-plus").choices
    assert [label for label, _ in groups] == ["480P", "1080P"]
    assert tuple(size for _, sizes in groups for size, _ in sizes) == TEXT_SIZES


def test_a_group_tells_its_price_when_there_is_one(services):
    services.PRICES = {"dashscope": {"t2v:480P": Decimal("0.10")}}
    groups = found("dashscope/wan2.2-t2v-plus").choices
    assert [label for label, _ in groups] == ["480P · about $0.10 a video", "1080P"]


def test_a_tier_of_pictures_tells_its_price(services):
    services.PRICES = {"dashscope": {"i2v:720P": Decimal("0.18")}}
    assert found("dashscope/wan2.2-i2v-flash").choices == [
        ("480P", "480P"),
        ("720P", "720P · about $0.18 a video"),
    ]


def test_what_a_model_does_not_take_has_a_reason(services):
    assert set(found("mulerouter/wan2.2-t2v-plus").refuses) == {"watermark"}
    assert set(found("relay/wan2.2-i2v-flash").refuses) == {
        "negative_prompt", "seed", "prompt_extend", "watermark",
    }  # fmt: skip
    assert not found("dashscope/wan2.2-t2v-plus").refuses


def test_a_price_is_shown_for_the_sizes_that_have_one(services):
    services.PRICES = {"dashscope": {"t2v:480P": Decimal("0.10")}}
    prices = found("dashscope/wan2.2-t2v-plus").prices
    assert prices == {size: "$0.10" for size in ("832x480", "480x832", "624x624")}


def test_two_accounts_of_one_service_are_told_apart(services):
    services.PROVIDERS = services.PROVIDERS | {"other": services.PROVIDERS["dashscope"]}
    labels = {offer.value: offer.label for offer in model_choices()}
    assert "(dashscope)" in labels["dashscope/wan2.2-t2v-plus"]
    assert "(other)" in labels["other/wan2.2-t2v-plus"]
    assert "(" not in labels["mulerouter/wan2.2-t2v-plus"]


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "Sandbox (stand-in, no AI)"),
        ("zh-hans", "沙盒（仅供试用，不调用 AI）"),
    ],
)
def test_names_stay_and_the_rest_is_said_in_the_readers_language(services, language, name):
    sandbox = {"BACKEND": "generations.providers.sandbox.Sandbox"}
    services.PROVIDERS = {"relay": services.PROVIDERS["relay"], "sandbox": sandbox}
    with translation.override(language):
        labels = [offer.label for offer in model_choices()]
    assert labels == ["Relay · Wan 2.2 Plus", "Relay · Wan 2.2 Flash", name, name]


@pytest.mark.parametrize(
    ("size", "label"),
    [("832x480", "832x480 · 16:9"), ("720P", "720P"), ("1280x720", "1280x720 · 16:9")],
)
def test_a_size_is_shown_with_its_ratio(size, label):
    assert size_label(size) == label


@pytest.fixture
def priced(services):
    services.PRICES = {"dashscope": {"t2v:480P": Decimal("0.10")}}
    return services


@pytest.mark.django_db
def test_what_a_row_would_cost_now(priced, make_generation):
    row = make_generation("failed", provider="dashscope", size="624x624", price="0.05")
    assert price_of(row) == Decimal("0.10")
    row.size = "1920x1080"
    assert price_of(row) is None


@pytest.mark.django_db
def test_a_row_of_a_model_that_is_gone_costs_what_it_cost(priced, make_generation):
    row = make_generation("failed", provider="gone", price=Decimal("0.05"))
    assert price_of(row) == Decimal("0.05")


@pytest.mark.django_db
@pytest.mark.parametrize("provider", ["dashscope", "gone"])
def test_the_limits_of_a_row_are_those_of_its_model(services, make_generation, provider):
    assert prompt_limits(make_generation("failed", provider=provider)) == (800, 500)
