"""Cards: what they say of sharing and of a reviewer."""

import re

import pytest

from generations.views.presenters import cards_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("review", "says"),
    [
        ("pending", "Shared: waits for review"),
        ("flagged", "Shared: waits for review"),
        ("approved", "Shared with everyone here"),
    ],
)
def test_what_waits_for_a_reviewer_is_not_said_to_be_seen_by_everyone(
    client, owner, make_generation, settings, review, says
):
    settings.WANSTUDIO_REVIEW = "before"
    row = make_generation("succeeded", shared=True, review=review)
    client.force_login(owner)
    page = client.get(f"/v/{row.pk}/").content.decode()
    [button] = re.findall(r'aria-pressed="true">\s*<svg.*?</svg>\s*(.*?)\s*</button>', page, re.S)
    assert button == says
    assert ("once a reviewer has approved it" in page) == (review != "approved")


@pytest.mark.parametrize(
    ("sharing", "review", "waits"),
    [("everyone", "before", True), ("nobody", "before", False), ("everyone", "after", False)],
)
def test_what_waits_for_a_reviewer_follows_the_settings_of_the_studio(
    owner, make_generation, settings, sharing, review, waits
):
    settings.WANSTUDIO_SHARING, settings.WANSTUDIO_REVIEW = sharing, review
    [card] = cards_of([make_generation("succeeded")], owner)
    assert card.awaits_review == waits
