"""What every provider is given and what it says of itself."""

from __future__ import annotations

from inspect import signature

import pytest

from generations.providers.base import ImageToVideoModel, Provider, SourceImage
from generations.providers.dashscope import DashScope

pytestmark = pytest.mark.django_db


def test_a_gateway_s_key_goes_to_no_address_of_the_service_itself() -> None:
    gateway = DashScope(alias="d", api_key="k" * 20, base_url="https://gateway.example")
    itself = DashScope(alias="d", api_key="k" * 20, base_url="https://dashscope.aliyuncs.com")
    assert gateway.other_regions == []
    assert itself.other_regions == [
        "https://dashscope-intl.aliyuncs.com",
        "https://dashscope-us.aliyuncs.com",
    ]


def test_an_upload_is_sent_as_a_data_uri_and_an_address_as_it_is() -> None:
    upload = SourceImage(content=b"\x00\xff", content_type="image/png")
    assert upload.reference() == "data:image/png;base64,AP8="
    assert SourceImage(url="https://example.org/a.png").reference() == "https://example.org/a.png"


def test_an_alias_sets_the_limits_of_its_account_and_of_no_other() -> None:
    one, other = Provider(alias="one", max_open=7), Provider(alias="other")
    assert (one.max_open, other.max_open) == (7, Provider.max_open)
    with pytest.raises(TypeError, match="one has no max_opne"):
        Provider(alias="one", max_opne=7)


def test_a_model_is_found_by_its_id_and_says_whether_it_needs_a_picture() -> None:
    service = DashScope(alias="d", api_key="k" * 20, base_url="https://dashscope.aliyuncs.com")
    for each in service.models:
        assert service.model(each.id) is each
        assert each.needs_image == isinstance(each, ImageToVideoModel)
    assert service.model("unheard-of") is None


@pytest.mark.parametrize("verb", ["submit", "poll", "download", "list_task_ids", "check_key"])
def test_what_an_adapter_leaves_out_is_an_error_and_no_silence(verb: str) -> None:
    call = getattr(Provider(alias="bare"), verb)
    taken = [name for name, one in signature(call).parameters.items() if one.default is one.empty]
    with pytest.raises(NotImplementedError):
        call(**dict.fromkeys(taken))
