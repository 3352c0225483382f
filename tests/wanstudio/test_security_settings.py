"""Cookies, redirects and headers in every installation."""

import pytest

from tests.wanstudio.processes import PUBLIC, run, settings


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
