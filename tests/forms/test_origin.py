"""What a row was made from, as the form keeps it."""

import pytest

from generations.models import Generation
from tests.forms.posting import IMAGE, picture, posted, saved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("services")]


@pytest.fixture
def film(make_generation):
    return make_generation("succeeded", seed=7, prompt="A fox in the snow", provider="dashscope")


def test_a_remix_knows_its_origin_and_so_does_each_of_its_takes(owner, film):
    saved(owner, origin=f"remix:{film.pk}", takes="2")
    rows = Generation.objects.exclude(pk=film.pk)
    assert [(row.origin_id, row.origin_kind) for row in rows] == [(film.pk, "remix")] * 2


def test_the_1080p_version_is_one_as_long_as_its_size_is(owner, film):
    large = saved(owner, origin=f"larger:{film.pk}", size="1920x1080")
    other = saved(owner, origin=f"larger:{film.pk}", size="1080x1920")
    assert (large.origin_kind, other.origin_kind) == ("larger", "remix")


def test_a_continuation_is_one_as_long_as_it_starts_from_the_frame(owner, film):
    first = saved(owner, {"image": picture()}, model=IMAGE, size=None)
    kept = posted(owner, model=IMAGE, size=None).from_row(first, owner)["kept_image"].value()
    ask = {"model": IMAGE, "size": None, "origin": f"continuation:{film.pk}", "kept_image": kept}
    assert saved(owner, **ask).origin_kind == "continuation"
    assert saved(owner, {"image": picture()}, **ask).origin_kind == "remix"
    assert saved(owner, origin=f"continuation:{film.pk}").origin_kind == "remix"


@pytest.mark.parametrize("origin", ["", "remix", "remix:", "sequel:{pk}", "remix:{theirs}"])
def test_what_is_no_origin_of_this_person_is_left_out(origin, owner, stranger, make_generation):
    pks = {"pk": make_generation("succeeded").pk}
    pks["theirs"] = make_generation("succeeded", owner=stranger).pk
    row = saved(owner, origin=origin.format(**pks))
    assert (row.origin_id, row.origin_kind) == (None, "")


def test_deleting_an_origin_deletes_nothing_that_was_made_from_it(owner, film):
    row = saved(owner, origin=f"remix:{film.pk}")
    film.delete()
    row.refresh_from_db()
    assert (row.origin_id, row.origin_kind) == (None, "remix")


def test_the_form_says_what_differs_from_its_origin(owner, film):
    same = {"origin": f"remix:{film.pk}", "seed": "7", "prompt": "A fox in the snow"}
    assert posted(owner, **same).differences == []
    other = posted(owner, **same | {"seed": "", "size": "480x832", "watermark": "on"})
    assert other.differences == ["Size", "Seed", "Add the provider's AI mark (bottom right)"]
