"""The registry: adapters by alias, from the settings."""

from typing import Any

import pytest

from generations.creation.catalog import model_choices
from generations.providers import providers
from generations.providers.dashscope import DashScope

ENTRY = {
    "BACKEND": "generations.providers.dashscope.DashScope",
    "OPTIONS": {"api_key": "key", "base_url": "https://dashscope.example", "max_open": 7},
}
RELAY = {
    "BACKEND": "generations.providers.relay.Relay",
    "OPTIONS": {"api_key": "key", "base_url": "https://relay.example"},
}


@pytest.fixture(autouse=True)
def two_services(settings: Any) -> None:
    settings.PROVIDERS = {"relay": RELAY, "dashscope-cn": ENTRY}


def test_an_alias_leads_to_its_adapter() -> None:
    provider = providers["dashscope-cn"]
    assert isinstance(provider, DashScope)
    assert (provider.alias, provider.max_open) == ("dashscope-cn", 7)
    assert provider.endpoint == "https://dashscope.example"


def test_an_adapter_is_built_once() -> None:
    assert providers.get("relay") is providers["relay"]


def test_what_is_not_configured_is_none() -> None:
    assert providers.get("mulerouter") is None
    assert "mulerouter" not in providers


def test_nothing_is_built_before_it_is_wanted(settings: Any) -> None:
    settings.PROVIDERS = {"broken": {"BACKEND": "no.such.Thing"}, "relay": RELAY}
    assert list(providers) == ["broken", "relay"]
    assert providers["relay"].alias == "relay"


def test_two_accounts_of_one_service_stand_side_by_side(settings: Any) -> None:
    settings.PROVIDERS = {"one": ENTRY, "two": ENTRY}
    assert providers["one"] is not providers["two"]


def test_changed_settings_are_read_again(settings: Any) -> None:
    before = providers["relay"]
    settings.PROVIDERS = {"relay": RELAY}
    assert providers["relay"] is not before
    assert len(providers) == 1


def test_the_models_follow_the_order_of_the_settings() -> None:
    offered = [(one.alias, one.provider.alias, one.model.id) for one in model_choices()]
    assert offered == [
        ("relay", "relay", "wan2.2-t2v-plus"),
        ("relay", "relay", "wan2.2-i2v-flash"),
        ("dashscope-cn", "dashscope-cn", "wan2.2-t2v-plus"),
        ("dashscope-cn", "dashscope-cn", "wan2.2-i2v-flash"),
    ]


def test_an_unknown_option_is_refused(settings: Any) -> None:
    settings.PROVIDERS = {"relay": RELAY | {"OPTIONS": RELAY["OPTIONS"] | {"colour": "red"}}}
    with pytest.raises(TypeError, match="colour"):
        providers["relay"]
