"""What is sent compressed: nothing that a stranger may have typed."""

from tests.factory import make_generation

GZIP = {"Accept-Encoding": "gzip"}


def test_pages_of_ones_own_are_sent_compressed(client, owner):
    row = make_generation("succeeded", owner=owner, poster="posters/one.webp")
    client.force_login(owner)
    for path in ("/", "/gallery/", "/activity/", "/trash/", "/help/", f"/v/{row.pk}/"):
        assert client.get(path, headers=GZIP).headers.get("Content-Encoding") == "gzip", path


def test_what_a_stranger_may_have_typed_is_not_compressed_beside_a_secret(client, owner, stranger):
    row = make_generation("succeeded", owner=stranger, shared=True, poster="posters/one.webp")
    client.force_login(owner)
    for path in ("/gallery/", "/?prompt=guess", f"/?use={row.pk}", f"/v/{row.pk}/",
                 "/gallery/?q=guess"):  # fmt: skip
        assert "Content-Encoding" not in client.get(path, headers=GZIP).headers, path
    client.logout()
    login = client.get("/accounts/login/?next=/guess/", headers=GZIP)
    assert "Content-Encoding" not in login.headers
