"""The table of all variables: what is none of them is refused or told."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.wanstudio.processes import ROOT
from wanstudio import variables
from wanstudio.env import FROM_FILE

ALIASES = {"DASHSCOPE": "dashscope", "VTRIX": "vtrix", "DASHSCOPE_CN": "dashscope"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("WANSTUDIO_DAYLY_USD", "WANSTUDIO_DAILY_USD"),
        ("WANSTUDIO_DAILY_US", "WANSTUDIO_DAILY_USD"),
        ("WANSTUDIO_SITE_DAILYUSD", "WANSTUDIO_SITE_DAILY_USD"),
        ("WANSTUDIO_REVEIW", "WANSTUDIO_REVIEW"),
        ("WANSTUDIO_METRIC_TOKEN_FILE", "WANSTUDIO_METRICS_TOKEN_FILE"),
        ("wanstudio_daily_usd", "WANSTUDIO_DAILY_USD"),
        ("WANSTUDIO_ALLOWED_HOSTS", "ALLOWED_HOSTS"),
        ("WANSTUDIO_PORT", "PORT"),
        ("WANSTUDIO_SECRET_KEY_FILE", "SECRET_KEY_FILE"),
    ],
)
def test_an_unknown_name_is_refused_with_the_one_that_is_meant(name, meant):
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is .* Did you mean {meant}\?"):
        variables.refuse({name: "5"})


@pytest.mark.parametrize("name", ["WANSTUDIO_COFFEE", "WANSTUDIO_", "WANSTUDIO_REVIEW_FILE_2"])
def test_a_name_that_is_like_no_other_is_refused_without_a_guess_that_misleads(name):
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not a variable"):
        variables.refuse({name: "5"})


def test_each_unknown_name_is_told_and_no_value():
    with pytest.raises(ImproperlyConfigured) as refused:
        variables.refuse({"WANSTUDIO_A": "canary", "WANSTUDIO_B": "canary", "OTHER": "x"})
    assert "WANSTUDIO_A" in str(refused.value)
    assert "WANSTUDIO_B" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_what_is_known_blank_or_of_others_is_no_matter():
    variables.refuse({name: "x" for name in variables.KNOWN})
    variables.refuse({"WANSTUDIO_DAYLY_USD": " ", "WANSTUDIOS": "x", "SCRIPT_NAME": ""})


def test_what_kubernetes_says_about_a_service_of_that_name_is_no_mistake():
    variables.refuse(
        {
            "WANSTUDIO_SERVICE_HOST": "10.0.0.1",
            "WANSTUDIO_SERVICE_PORT": "8000",
            "WANSTUDIO_SERVICE_PORT_HTTP": "8000",
            "WANSTUDIO_PORT": "tcp://10.0.0.1:8000",
            "WANSTUDIO_PORT_8000_TCP": "tcp://10.0.0.1:8000",
            "WANSTUDIO_PORT_8000_TCP_ADDR": "10.0.0.1",
            "WANSTUDIO_WEB_SERVICE_HOST": "10.0.0.2",
            "WANSTUDIO_WEB_PORT_80_TCP_PROTO": "tcp",
        }
    )


@pytest.mark.parametrize("name", variables.PATH_PREFIXES)
def test_a_path_in_front_is_refused(name):
    with pytest.raises(ImproperlyConfigured, match=f"a host name of its own.*Unset {name}"):
        variables.refuse({name: "/studio"})


def test_a_name_of_an_earlier_release_is_told_instead_of_refused(monkeypatch):
    monkeypatch.setattr(variables, "RETIRED", {"WANSTUDIO_OLD": "it happens by itself"})
    variables.refuse({"WANSTUDIO_OLD": "1"})
    assert variables.retired({"WANSTUDIO_OLD": "1"}) == {"WANSTUDIO_OLD": "it happens by itself"}
    assert variables.retired({"WANSTUDIO_OLD": ""}) == {}


def test_no_retired_name_is_still_explained_or_known():
    assert set(variables.RETIRED).isdisjoint(variables.KNOWN)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DASHSCOPE_APIKEY", "DASHSCOPE_API_KEY"),
        ("DASHSCOPE_KEY", "DASHSCOPE_API_KEY"),
        ("DASHSCOPE_API_KEY_FIEL", "DASHSCOPE_API_KEY_FILE"),
        ("DASHSCOPE_CN_API_KY", "DASHSCOPE_CN_API_KEY"),
        ("dashscope_api_key", "DASHSCOPE_API_KEY"),
        ("VTRIX_BODDY", "VTRIX_BODY"),
        ("ALI_MODEL_STUDIO_APIKEY", "ALI_MODEL_STUDIO_API_KEY"),
    ],
)
def test_an_unknown_name_of_an_alias_is_told_with_the_one_that_is_meant(name, meant):
    told = variables.unknown_of_aliases({name: "canary"}, ALIASES)
    assert list(told) == [name]
    assert told[name].endswith(f"Did you mean {meant}?")
    assert "canary" not in told[name]


def test_options_of_another_protocol_and_aliases_without_a_name_are_unknown_too():
    given = {"VTRIX_SIZE_SEPARATOR": "x", "DASHSCOPE_BODY": "x", "DASHSCOPE_US_API_KEY": "x"}
    assert set(variables.unknown_of_aliases(given, ALIASES)) == set(given)


def test_what_an_alias_reads_and_what_is_of_others_is_not_told():
    given = {
        "DASHSCOPE_CN_API_KEY": "x",
        "DASHSCOPE_PROXY_FILE": "x",
        "DASHSCOPE_SIZE_SEPARATOR": "x",
        "ALI_MODEL_STUDIO_API_KEY_FILE": "x",
        "VTRIX_BODY": "plain",
        "VTRIX_PORT": "tcp://10.0.0.1:80",
        "DASHSCOPE_APIKEY": "",
        "DASHSCOPES": "x",
    }
    assert variables.unknown_of_aliases(given, ALIASES) == {}


def test_every_name_that_our_processes_tell_each_other_is_known():
    from generations.worker import heartbeat

    worker = (ROOT / "generations/worker/supervisor.py").read_text()
    told = {name for name in variables.INTERNAL if f'"{name}"' in worker}
    told |= {heartbeat.VARIABLE, FROM_FILE}
    assert told == variables.INTERNAL
