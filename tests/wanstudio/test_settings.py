"""The settings as a process of its own would read them."""

import json
import re

import pytest

from tests.wanstudio.processes import KEY, PUBLIC, ROOT, refusal, run, settings
from wanstudio import variables

ALIASES = ("DASHSCOPE_", "MULEROUTER_", "VTRIX_", "RELAY_")


# What libraries read by themselves; the example explains them beside ours.
OF_LIBRARIES = {"HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"}


def test_with_nothing_set_the_sandbox_answers_on_this_machine_alone():
    providers, hosts, beyond, debug, queue, database = settings(
        "PROVIDERS",
        "ALLOWED_HOSTS",
        "WANSTUDIO_BEYOND_LOOPBACK",
        "DEBUG",
        "Q_CLUSTER",
        "DATABASES",
    )
    assert list(providers) == ["sandbox"]
    assert providers["sandbox"]["OPTIONS"]["seconds"] == 6
    assert hosts == ["localhost", "127.0.0.1", "[::1]"]
    assert (beyond, debug, queue["orm"]) == (False, False, "default")
    assert database["default"]["NAME"].endswith("var/wanstudio.sqlite3")


@pytest.mark.parametrize("key", [KEY, ""], ids=["a key of its own", "none"])
def test_other_accounts_of_the_machine_read_nothing_in_var(fresh, key):
    assert run("import wanstudio.settings", fresh, SECRET_KEY=key).returncode == 0
    assert (fresh / "var").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({**PUBLIC, "SECRET_KEY": ""}, "set SECRET_KEY to 50 random characters"),
        (
            {"DASHSCOPE_API_KEY": "k", "DASHSCOPE_SUBMIT_EVERY": "601"},
            "DASHSCOPE_SUBMIT_EVERY must be 600 or less, not 601",
        ),
        (
            {"DASHSCOPE_API_KEY": "k", "DASHSCOPE_POLL_EVERY": "3600"},
            "DASHSCOPE_POLL_EVERY must be 600 or less, not 3600",
        ),
        ({"WANSTUDIO_TRASH_DAYS": "0"}, "WANSTUDIO_TRASH_DAYS must be 2 or more"),
        ({"WANSTUDIO_KEEP_FAILED_DAYS": "1"}, "WANSTUDIO_KEEP_FAILED_DAYS must be 2 or more"),
        ({**PUBLIC, "SECRET_KEY": "short"}, "set SECRET_KEY to 50 random characters"),
        ({**PUBLIC, "DEBUG": "on"}, "Switch DEBUG off"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS takes host names"),
        ({"ALLOWED_HOSTS": "a.example.com,*"}, "Write ALLOWED_HOSTS=a.example.com"),
        ({**PUBLIC, "SECRET_KEY": "a" * 64}, "set SECRET_KEY to 50 random characters"),
        ({**PUBLIC, "SECRET_KEY": "abcabcabc" * 8}, "set SECRET_KEY to 50 random characters"),
        ({**PUBLIC, "SECRET_KEY": f"django-insecure-{KEY}"}, "set SECRET_KEY to 50 random"),
        ({**PUBLIC, "SECRET_KEY": f"change-me-{KEY}"}, "set SECRET_KEY to 50 random characters"),
        ({**PUBLIC, "SECRET_KEY_BEFORE": "b" * 64}, "set SECRET_KEY_BEFORE to 50 random"),
        ({**PUBLIC, "WANSTUDIO_METRICS_TOKEN": "x"}, "set WANSTUDIO_METRICS_TOKEN to 20 random"),
        ({**PUBLIC, "WANSTUDIO_METRICS_TOKEN": "x" * 30}, "set WANSTUDIO_METRICS_TOKEN to 20"),
        ({"HOST": "0.0.0.0", "WANSTUDIO_METRICS_TOKEN": "x"}, "set WANSTUDIO_METRICS_TOKEN to 20"),
        ({"HOST": "0.0.0.0", "DEBUG": "on"}, "Switch DEBUG off"),
        ({"HOST": "0.0.0.0", "SECRET_KEY": "changeme"}, "set SECRET_KEY to 50 random characters"),
        ({"RELAY_API_KEY": "r"}, "RELAY_BASE_URL is not"),
        ({"DASHSCOPE_API_KEY": "d", "DASHSCOPE_BASE_URL": "ftp://x"}, "DASHSCOPE_BASE_URL"),
        ({"DASHSCOPE_API_KEY": "d", "DASHSCOPE_BASE_URL": "https://me:pw@x"}, "DASHSCOPE_BASE_URL"),
        ({"DASHSCOPE_API_KEY": "d", "DASHSCOPE_MAX_OPEN": "0"}, "DASHSCOPE_MAX_OPEN"),
        ({"DASHSCOPE_API_KEY": "d", "DASHSCOPE_SIZE_SEPARATOR": "-"}, "DASHSCOPE_SIZE_SEPARATOR"),
        ({"DASHSCOPE_PRICES": "480P=1"}, "DASHSCOPE_PRICES"),
        ({"DASHSCOPE_PRICES": "t2v:480P=-1"}, "DASHSCOPE_PRICES"),
        ({"WANSTUDIO_ALIASES": "sandbox=dashscope"}, "WANSTUDIO_ALIASES"),
        ({"WANSTUDIO_ALIASES": "other=nowhere"}, "WANSTUDIO_ALIASES"),
        ({"WANSTUDIO_WORKERS": "2"}, "WANSTUDIO_WORKERS must be 3 or more"),
        ({"WANSTUDIO_REVIEW": "never"}, "WANSTUDIO_REVIEW"),
        ({"EMAIL_URL": "mailto:me"}, "EMAIL_URL"),
        ({"ALLOWED_HOSTS": "https://studio.example.com"}, "Write ALLOWED_HOSTS=studio.example.com"),
        ({"CSRF_TRUSTED_ORIGINS": "a.example.com"}, "Write CSRF_TRUSTED_ORIGINS=https://a.example"),
        (
            {"DASHSCOPE_API_KEY": "d", "DASHSCOPE_RESULT_HOSTS": "https://cdn.example.com/"},
            "Write DASHSCOPE_RESULT_HOSTS=cdn.example.com",
        ),
        ({"DASHSCOPE_API_KEY": "d", "DASHSCOPE_PROXY": "proxy:3128"}, "like http://host:port"),
        ({"DATABASE_URL": "mysql://u@h/n"}, "DATABASE_URL must begin with sqlite:// or postgres"),
        ({"DATABASE_URL": "postgis://u@h/n"}, "DATABASE_URL must begin with sqlite:// or postgres"),
        ({"REDIS_URL": "redis+sentinel://h:26379/0"}, "REDIS_URL must begin with redis://"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL must begin with redis://"),
        ({"AWS_S3_ENDPOINT_URL": "minio:9000"}, "AWS_S3_ENDPOINT_URL must look like https://"),
        ({"AWS_S3_ADDRESSING_STYLE": "paths"}, "AWS_S3_ADDRESSING_STYLE must be one of"),
        ({"SCRIPT_NAME": "/studio"}, "Unset SCRIPT_NAME"),
        ({"FORCE_SCRIPT_NAME": "/studio"}, "Unset FORCE_SCRIPT_NAME"),
        ({"WANSTUDIO_HSTS": "on"}, "WANSTUDIO_HSTS must be one of host, subdomains, preload"),
        ({"WANSTUDIO_DAYLY_USD": "5"}, "Did you mean WANSTUDIO_DAILY_USD?"),
        ({"TIME_ZONE": "Mars"}, "TIME_ZONE must be a name like"),
        ({"TIME_ZONE": "../etc/passwd"}, "TIME_ZONE must be a name like"),
        ({"PORT": "65536"}, "PORT must be 65535 or less"),
    ],
)
def test_what_cannot_work_stops_the_start_with_a_sentence(variables, sentence):
    last_line = refusal(**variables)
    assert last_line.startswith("django.core.exceptions.ImproperlyConfigured")
    assert sentence in last_line


def test_on_this_machine_alone_any_key_will_do_and_for_others_one_made_here(fresh):
    assert settings("SECRET_KEY", SECRET_KEY="changeme") == "changeme"
    assert run("import wanstudio.settings", fresh, SECRET_KEY="", HOST="0.0.0.0").returncode == 0
    assert len((fresh / "var/secret_key").read_text()) >= 50


def test_mail_is_sent_as_its_address_says():
    backend, host, port, user, password, upgrade, direct = settings(
        "EMAIL_BACKEND",
        "EMAIL_HOST",
        "EMAIL_PORT",
        "EMAIL_HOST_USER",
        "EMAIL_HOST_PASSWORD",
        "EMAIL_USE_TLS",
        "EMAIL_USE_SSL",
        EMAIL_URL="smtps://me%40example.com:p%2Fw@mail.example.com",
    )
    assert backend.endswith("smtp.EmailBackend")
    assert (host, port, user, password) == ("mail.example.com", 465, "me@example.com", "p/w")
    assert (upgrade, direct) == (False, True)


def test_staff_clock_and_trusted_origins_are_taken_from_the_environment():
    admins, zone, origins = settings(
        "ADMINS",
        "TIME_ZONE",
        "CSRF_TRUSTED_ORIGINS",
        ADMINS="ann@example.com, bob@example.com",
        TIME_ZONE="Asia/Shanghai",
        CSRF_TRUSTED_ORIGINS="https://studio.example.com,https://other.example.com",
    )
    assert admins == [["ann@example.com"] * 2, ["bob@example.com"] * 2]
    assert zone == "Asia/Shanghai"
    assert origins == ["https://studio.example.com", "https://other.example.com"]


def test_the_set_up_token_follows_the_secret_key():
    one = settings("WANSTUDIO_SETUP_TOKEN")
    other = settings("WANSTUDIO_SETUP_TOKEN", SECRET_KEY=KEY[::-1])
    assert len(one) == 20
    assert one != other


def test_every_variable_is_explained_in_the_example():
    """`.env.example` is the reference: what the settings read stands there, commented out."""
    from wanstudio.provider_settings import BACKENDS

    explained = set(re.findall(r"^#(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    code = (
        "from wanstudio import env; import os, json; seen = set(); real = env.os.environ.get\n"
        "class Spy(dict):\n"
        "    def get(self, name, *rest):\n"
        "        seen.add(name); return dict.get(self, name, *rest)\n"
        "env.os.environ = Spy(os.environ)\n"
        "import wanstudio.settings, wanstudio.gunicorn; print(json.dumps(sorted(seen)))"
    )
    keys = {f"{alias.upper()}_API_KEY": "x" for alias in BACKENDS}
    ran = run(code, RELAY_BASE_URL="https://relay.example.com", **keys)
    assert ran.returncode == 0, ran.stderr
    read = {name for name in json.loads(ran.stdout) if not name.endswith("_FILE")}
    per_alias = {name for name in read if name.startswith(ALIASES[1:])}
    told = explained | set(variables.PATH_PREFIXES) | set(variables.RETIRED)
    assert read - per_alias - told == set()
    of_aliases = {name for name in explained if name.startswith(ALIASES)}
    assert explained - of_aliases == variables.PLAIN | variables.SECRETS | OF_LIBRARIES
    assert {name.partition("_")[2] for name in of_aliases} == (
        variables.ALIAS_PLAIN
        | variables.ALIAS_SECRETS
        | set().union(*variables.PROTOCOL_PLAIN.values())
    )


def test_a_home_folder_is_meant_by_its_sign_wherever_a_path_is_read(tmp_path):
    (tmp_path / "key").write_text("k" * 50)
    (tmp_path / "my.env").write_text("TIME_ZONE=Asia/Tokyo\n")
    media, database, key, zone = settings(
        "MEDIA_ROOT",
        "DATABASES",
        "SECRET_KEY",
        "TIME_ZONE",
        HOME=str(tmp_path),
        MEDIA_ROOT="~/media",
        DATABASE_URL="sqlite:///~/studio.sqlite3",
        SECRET_KEY="",
        SECRET_KEY_FILE="~/key",
        WANSTUDIO_ENV_FILE="~/my.env",
    )
    assert media == f"{tmp_path}/media"
    assert database["default"]["NAME"] == f"{tmp_path}/studio.sqlite3"
    assert (key, zone) == ("k" * 50, "Asia/Tokyo")
