"""The services in the environment."""

from tests.wanstudio.processes import settings


def test_a_key_brings_its_service_and_sends_the_sandbox_away():
    providers = settings("PROVIDERS", DASHSCOPE_API_KEY="sk-1", DASHSCOPE_POLL_EVERY="1")
    assert providers == {
        "dashscope": {
            "BACKEND": "generations.providers.dashscope.DashScope",
            "OPTIONS": {
                "api_key": "sk-1",
                "base_url": "https://dashscope-intl.aliyuncs.com",
                "max_video_bytes": 500_000_000,
                "poll_every": 1,
                "size_separator": "*",
            },
        }
    }


def test_the_guides_own_name_of_the_key_works_too():
    providers = settings("PROVIDERS", ALI_MODEL_STUDIO_API_KEY="sk-2")
    assert providers["dashscope"]["OPTIONS"]["api_key"] == "sk-2"


def test_services_come_in_order_and_the_sandbox_last():
    providers = settings(
        "PROVIDERS",
        VTRIX_API_KEY="v",
        VTRIX_BODY="plain",
        RELAY_API_KEY="r",
        RELAY_BASE_URL="https://relay.example.com/",
        RELAY_SIZE_SEPARATOR="x",
        RELAY_RESULT_HOSTS=".example.com, cdn.example.org",
        MULEROUTER_API_KEY="m",
        DASHSCOPE_API_KEY="d",
        WANSTUDIO_SANDBOX="on",
    )
    assert list(providers) == ["dashscope", "mulerouter", "vtrix", "relay", "sandbox"]
    assert providers["vtrix"]["OPTIONS"]["body"] == "plain"
    relay = providers["relay"]["OPTIONS"]
    assert relay["base_url"] == "https://relay.example.com"
    assert relay["size_separator"] == "x"
    assert relay["result_hosts"] == [".example.com", "cdn.example.org"]
    assert "size_separator" not in providers["mulerouter"]["OPTIONS"]


def test_another_account_is_another_alias_with_variables_of_its_own():
    providers, prices = settings(
        "PROVIDERS",
        "PRICES",
        WANSTUDIO_ALIASES="dashscope-cn=dashscope",
        DASHSCOPE_CN_API_KEY="cn",
        DASHSCOPE_CN_BASE_URL="https://dashscope.aliyuncs.com",
        DASHSCOPE_CN_MAX_OPEN="5",
        DASHSCOPE_CN_PRICES="t2v:480P=0.10,i2v:720P=0.18",
    )
    options = providers["dashscope-cn"]["OPTIONS"]
    assert list(providers) == ["dashscope-cn"]
    assert (options["base_url"], options["max_open"]) == ("https://dashscope.aliyuncs.com", 5)
    assert prices == {"dashscope-cn": {"t2v:480P": "0.10", "i2v:720P": "0.18"}}


def test_submits_may_follow_each_other_without_a_pause():
    providers = settings("PROVIDERS", DASHSCOPE_API_KEY="d", DASHSCOPE_SUBMIT_EVERY="0")
    assert providers["dashscope"]["OPTIONS"]["submit_every"] == 0


def test_a_variable_of_a_service_that_is_none_is_told(tmp_path):
    unknown = settings("WANSTUDIO_UNKNOWN_VARIABLES", DASHSCOPE_APIKEY="x", DASHSCOPE_API_KEY="y")
    assert list(unknown) == ["DASHSCOPE_APIKEY"]
