"""Single sign-on by a real OpenID Connect provider over loopback, as browsers walk it."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator

import pytest
import requests

from tests.installation import Installation, Person, free_port
from tests.oidc_provider.running import running_provider, variables, wait_for

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("oauth2_provider") is None,
    reason="django-oauth-toolkit is not installed here",
)
PEOPLE = {"ann": ["video-staff"], "bob": ["others"], "АNN": [], "eve": []}
SIGN_IN = "/accounts/login/"
START = "/accounts/single-sign-on/oidc/"


class Walker(Person):
    """Somebody with a browser, not signed in anywhere."""

    def __init__(self, address: str) -> None:
        requests.Session.__init__(self)
        self.address = address

    def leave(self, **fields: str) -> str:
        """Press the button; returns the address of the provider."""
        page = self.submit_at("/accounts/login/", START, **fields)
        assert page.status_code == 200, page.text
        return page.headers["Refresh"].removeprefix("0; url=")

    def submit_at(self, form: str, target: str, **fields: str) -> requests.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.ask("GET", form).text)
        assert token
        data = {"csrfmiddlewaretoken": token[1], **fields}
        return self.ask("POST", target, data=data, allow_redirects=False)

    def arrive(self, name: str, **fields: str) -> requests.Response:
        """Sign in there, and come back."""
        form = self.get(self.leave(**fields), timeout=120)
        return self.post(form.url, data={"username": name, "password": "there"}, timeout=120)

    def is_signed_in(self) -> bool:
        return self.ask("GET", "/activity/", allow_redirects=False).status_code == 200


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("sso")
    port = free_port()
    with running_provider(folder / "there", PEOPLE, f"http://127.0.0.1:{port}") as issuer:
        own = variables(issuer, STAFF_GROUP="video-staff")
        made = Installation(folder / "here", PORT=str(port), WEB_CONCURRENCY="2", **own)
        made.migrate()
        made.person("owner")
        with made.started("-m", "gunicorn", "--config", "python:wanstudio.gunicorn",
                          "wanstudio.wsgi"):  # fmt: skip
            wait_for(f"http://127.0.0.1:{port}/livez", made.log)
            yield made


@pytest.fixture
def walker(studio: Installation) -> Walker:
    return Walker(f"http://127.0.0.1:{studio.environment['PORT']}")


def of(studio: Installation, name: str, field: str) -> str:
    return studio.run(f"print(User.objects.get(email='{name}@team.example').{field})")


def test_who_is_in_the_group_is_staff_with_an_account_of_their_own(
    studio: Installation, walker: Walker
) -> None:
    page = walker.arrive("ann", next="/admin/")
    assert page.url == f"{walker.address}/admin/"
    assert of(studio, "ann", "username") == "ann"
    assert of(studio, "ann", "is_staff") == "True"
    assert of(studio, "ann", "has_usable_password()") == "False"
    walker.post(f"{walker.address}/accounts/logout/", timeout=120)
    again = Walker(walker.address)
    again.arrive("ann")
    assert studio.run("print(User.objects.filter(email='ann@team.example').count())") == "1"


def test_others_are_people_and_no_staff(studio: Installation, walker: Walker) -> None:
    studio.run("User.objects.create_user('someone')")
    walker.arrive("bob")
    assert walker.is_signed_in()
    assert of(studio, "bob", "is_staff") == "False"
    studio.run("User.objects.filter(username='bob').update(is_staff=True)")
    Walker(walker.address).arrive("bob")
    assert of(studio, "bob", "is_staff") == "False"


def test_a_name_that_looks_taken_gets_another(studio: Installation, walker: Walker) -> None:
    studio.run("User.objects.get_or_create(username='ann')")
    walker.arrive("АNN")
    assert walker.is_signed_in()
    names = studio.run("print(*User.objects.values_list('username', flat=True))").split()
    assert "АNN" not in names


def test_an_unconfirmed_address_opens_nobody_elses_account(
    studio: Installation, walker: Walker
) -> None:
    studio.run("User.objects.create_user('trap', 'eve@team.example', 'password')")
    walker.arrive("eve")
    page = walker.ask("GET", "/accounts/").text
    assert "trap" not in page
    assert studio.run("print(User.objects.get(username='trap').has_usable_password())") == "True"


def test_a_forged_answer_signs_nobody_in(walker: Walker) -> None:
    for query in ("", "?code=x", "?code=x&state=y", "?error=access_denied&state=y", "?state="):
        answer = walker.ask("GET", f"{START}callback/{query}", allow_redirects=False)
        assert answer.status_code == 401, query
    walker.leave()
    assert walker.ask("GET", f"{START}callback/?code=x&state=y").status_code == 401
    assert not walker.is_signed_in()


def test_no_form_is_sent_beyond_the_studio(walker: Walker) -> None:
    """Else the content-security policy would have to name the provider, and all behind it."""
    page = walker.submit_at(SIGN_IN, START)
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert walker.ask("GET", START).status_code == 405
    for other in ("feishu", "dingtalk", "nothing"):
        for path in (f"/accounts/single-sign-on/{other}/callback/",):
            assert walker.ask("GET", path).status_code == 404
