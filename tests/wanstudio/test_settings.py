"""The settings as a process of its own would read them."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wanstudio import variables

ROOT = Path(__file__).resolve().parents[2]
KEY = "a-secret-key-of-this-installation-that-is-long-enough-0123456789"
ALIASES = ("DASHSCOPE_", "MULEROUTER_", "VTRIX_", "RELAY_")
# What libraries read by themselves; the example explains them beside ours.
OF_LIBRARIES = {"HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"}
PUBLIC = {"ALLOWED_HOSTS": "studio.example.com", "SECRET_KEY": KEY}


def run(code, root=ROOT, **variables):
    environment = {"PATH": os.environ["PATH"], "WANSTUDIO_ENV_FILE": "none", "SECRET_KEY": KEY}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        umask=0o022,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


def settings(*names, **variables):
    """The values of these settings with these variables and nothing else set."""
    code = (
        "import json; from wanstudio import settings as s; "
        f"print(json.dumps([getattr(s, name, None) for name in {names}], default=str))"
    )
    ran = run(code, **variables)
    assert ran.returncode == 0, ran.stderr
    values = json.loads(ran.stdout)
    return values[0] if len(values) == 1 else values


def refusal(**variables):
    ran = run("import wanstudio.settings", **variables)
    assert ran.returncode != 0
    return ran.stderr.strip().splitlines()[-1]


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


@pytest.fixture
def fresh(tmp_path):
    """The settings where nothing was ever started."""
    shutil.copytree(ROOT / "wanstudio", tmp_path / "wanstudio")
    return tmp_path


@pytest.mark.parametrize("key", [KEY, ""], ids=["a key of its own", "none"])
def test_other_accounts_of_the_machine_read_nothing_in_var(fresh, key):
    assert run("import wanstudio.settings", fresh, SECRET_KEY=key).returncode == 0
    assert (fresh / "var").stat().st_mode & 0o777 == 0o700


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


@pytest.mark.parametrize("name", ["a b", "工作室", "50%20 #1?", "it's"])
def test_the_database_stays_in_its_folder_whatever_that_is_called(fresh, tmp_path, name):
    root = tmp_path / name
    shutil.copytree(fresh / "wanstudio", root / "wanstudio")
    ran = run("import wanstudio.settings as s; print(s.DATABASES['default']['NAME'])", root)
    assert ran.stdout.strip() == str(root / "var/wanstudio.sqlite3")


def test_behind_tls_cookies_and_redirects_are_strict():
    session, csrf, redirect = settings(
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_SECURE",
        "SECURE_SSL_REDIRECT",
        WANSTUDIO_HTTPS="on",
        WANSTUDIO_INSTANCE="one",
        **PUBLIC,
    )
    assert session == "__Host-wanstudio_session_one"
    assert (csrf, redirect) == (True, True)


@pytest.mark.parametrize(
    ("wanted", "subdomains", "preload"),
    [
        ("", False, False),
        ("host", False, False),
        ("subdomains", True, False),
        ("preload", True, True),
    ],
)
def test_hsts_binds_this_host_alone_for_a_year_unless_more_is_asked_for(
    wanted, subdomains, preload
):
    names = ("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
    hsts = settings(*names, WANSTUDIO_HTTPS="on", WANSTUDIO_HSTS=wanted, **PUBLIC)
    assert hsts == [31_536_000, subdomains, preload]


def test_the_deploy_check_is_content_with_this_host_alone():
    code = "import sys; sys.argv = ['manage.py', 'check', '--deploy', '--fail-level', 'WARNING']\n"
    code += "import manage; manage.main()"
    ran = run(
        code,
        WANSTUDIO_HTTPS="on",
        WANSTUDIO_PROXIES="1",
        DJANGO_SETTINGS_MODULE="tests.settings",
        **PUBLIC,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "(2 silenced)" in ran.stdout


def test_postgresql_and_redis_are_taken_by_their_addresses():
    databases, queue = settings(
        "DATABASES",
        "Q_CLUSTER",
        DATABASE_URL="postgres://me:pw@db.example.com/studio",
        REDIS_URL="redis://localhost:6379/3",
        WANSTUDIO_CONN_MAX_AGE="60",
    )
    assert databases["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert databases["default"]["CONN_MAX_AGE"] == 60
    assert queue["redis"] == "redis://localhost:6379/3?socket_timeout=3&socket_connect_timeout=3"
    assert "orm" not in queue


@pytest.mark.parametrize(("platform", "most"), [("linux", 400_000), ("darwin", 409_600_000)])
def test_a_worker_is_replaced_at_the_same_size_on_every_system(platform, most):
    # `zoneinfo` asks for the build of the real platform.
    code = f"import sys, zoneinfo; sys.platform = {platform!r}; import wanstudio.settings as s; "
    assert run(code + "print(s.Q_CLUSTER['max_rss'])").stdout.strip() == str(most)


def test_a_bucket_takes_the_place_of_the_folder():
    storages = settings("STORAGES", AWS_STORAGE_BUCKET_NAME="videos", AWS_S3_REGION_NAME="eu-1")
    default = storages["default"]
    assert default["BACKEND"] == "wanstudio.s3.Bucket"
    assert default["OPTIONS"]["bucket_name"] == "videos"
    assert default["OPTIONS"]["querystring_auth"] is True


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
    told = explained | set(variables.IN_FRONT) | set(variables.RETIRED)
    assert read - per_alias - told == set()
    of_aliases = {name for name in explained if name.startswith(ALIASES)}
    assert explained - of_aliases == variables.PLAIN | variables.SECRETS | OF_LIBRARIES
    assert {name.partition("_")[2] for name in of_aliases} == (
        variables.ALIAS_PLAIN
        | variables.ALIAS_SECRETS
        | set().union(*variables.PROTOCOL_PLAIN.values())
    )


def test_a_pool_and_connections_that_are_kept_do_not_quarrel():
    database = settings(
        "DATABASES", DATABASE_URL="postgres://h/n", WANSTUDIO_CONN_MAX_AGE="60", WANSTUDIO_POOL="4"
    )["default"]
    assert (database["CONN_MAX_AGE"], database["OPTIONS"]["pool"]["max_size"]) == (0, 4)


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


def test_the_database_is_found_in_a_folder_whatever_its_name(tmp_path):
    root = tmp_path / "c# 100%41?"
    shutil.copytree(ROOT / "wanstudio", root / "wanstudio")
    code = "import wanstudio.settings as s; print(s.DATABASES['default']['NAME'])"
    assert run(code, root).stdout.strip() == f"{root}/var/wanstudio.sqlite3"


def test_a_variable_of_a_service_that_is_none_is_told(tmp_path):
    unknown = settings("WANSTUDIO_UNKNOWN_VARIABLES", DASHSCOPE_APIKEY="x", DASHSCOPE_API_KEY="y")
    assert list(unknown) == ["DASHSCOPE_APIKEY"]
