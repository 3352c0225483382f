"""One ask, one row: double click, reload, Back, two tabs, somebody else's id."""

import io
from decimal import Decimal
from uuid import uuid4, uuid5

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from generations.creation.create import get_or_create_batch, retry_generation
from generations.creation.quotas import QuotaExceededError
from generations.media import check_picture
from generations.models import Generation
from tests.at_once import at_once
from tests.creation.test_quotas import FIELDS, ask

pytestmark = pytest.mark.django_db


def picture(colour="red"):
    file = io.BytesIO()
    Image.new("RGB", (400, 400), colour).save(file, "PNG")
    return check_picture(file)


def stored_pictures():
    folders = default_storage.listdir("pictures")[0] if default_storage.exists("pictures") else []
    return [name for folder in folders for name in default_storage.listdir(f"pictures/{folder}")[1]]


def test_a_second_press_finds_the_row_of_the_first(owner):
    pk = uuid4()
    first, second = ask(owner, pk, seed=0), ask(owner, pk, seed=0)
    assert first.pk == second.pk == pk
    assert Generation.objects.get().events.count() == 1


def test_a_second_press_is_no_second_spend(owner, settings):
    settings.WANSTUDIO_DAILY_VIDEOS = 1
    pk = uuid4()
    assert ask(owner, pk).pk == ask(owner, pk).pk
    with pytest.raises(QuotaExceededError):
        ask(owner)


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "A wolf"}, {"negative_prompt": "rain"}, {"size": "480x832"}, {"seed": 0},
        {"prompt_extend": False}, {"watermark": True}, {"source_url": "https://example.org/a.jpg"},
        {"model": "sandbox-i2v"}, {"provider": "dashscope"},
    ],
    ids=str,
)  # fmt: skip
def test_back_edit_generate_is_a_new_wish_and_its_double_click_is_not(change, owner):
    pk = uuid4()
    first = ask(owner, pk)
    second, again = ask(owner, pk, **change), ask(owner, pk, **change)
    assert first.pk == pk != second.pk == again.pk
    assert ask(owner, pk).pk == pk
    assert Generation.objects.count() == 2


def test_a_foreign_id_tells_nothing_and_its_double_click_is_one_row(owner, stranger):
    """As with an id that stands for nothing: a row of one's own comes of it."""
    theirs = ask(stranger, prompt="Theirs")
    mine = ask(owner, theirs.pk, prompt="Theirs")
    assert ask(owner, theirs.pk, prompt="Theirs") == mine != theirs
    assert mine.owner == owner
    other = ask(owner, theirs.pk, prompt="Mine", picture=picture())
    assert other not in (mine, theirs)
    theirs.refresh_from_db()
    assert (theirs.owner, theirs.prompt) == (stranger, "Theirs")
    assert Generation.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_people_with_one_id_at_once_make_a_row_each(owner, stranger):
    pk, people = uuid4(), [owner, stranger] * 5
    results = at_once(10, lambda number: ask(people[number], pk))
    assert Generation.objects.count() == len({row.pk for row in results}) == 2
    assert [row.owner for row in results].count(owner) == 5


def test_the_picture_is_stored_once_however_often_the_button_is_pressed(owner):
    pk = uuid4()
    ask(owner, pk, picture=picture())
    row = ask(owner, pk, picture=picture())
    assert Generation.objects.count() == 1
    assert stored_pictures() == [row.source_image.name.rpartition("/")[2]]
    with row.source_image.open() as file:
        assert file.read() == picture().content


def test_another_picture_is_another_ask(owner):
    pk = uuid4()
    first, second = ask(owner, pk, picture=picture()), ask(owner, pk, picture=picture("blue"))
    assert first.pk != second.pk
    assert len(stored_pictures()) == 2


def test_a_refused_ask_leaves_no_picture(owner, settings):
    settings.WANSTUDIO_DAILY_VIDEOS = 0
    with pytest.raises(QuotaExceededError):
        ask(owner, picture=picture())
    assert not stored_pictures()


def test_asking_again_is_a_new_row_with_a_picture_of_its_own(owner):
    first = ask(owner, picture=picture(), seed=7)
    second = retry_generation(first, uuid4(), price=None)
    assert second.retry_of == first
    assert (second.owner, second.seed, second.price) == (owner, 7, None)
    assert second.source_image.name != first.source_image.name
    assert len(stored_pictures()) == 2


def test_asking_again_for_a_picture_that_is_gone_makes_nothing(owner):
    first = ask(owner, picture=picture())
    default_storage.delete(first.source_image.name)
    with pytest.raises(OSError):
        retry_generation(first, uuid4(), price=None)
    assert Generation.objects.count() == 1


def batch(owner, pk, seeds=(1, 2, 3, 4), **rest):
    asks = [FIELDS | {"seed": seed} for seed in seeds]
    return get_or_create_batch(pk, asks, owner=owner, **rest)


@pytest.mark.django_db(transaction=True)
def test_fifty_presses_make_the_same_four(owner):
    pk = uuid4()
    came = at_once(50, lambda _: batch(owner, pk))
    assert {tuple(row.pk for row in rows) for rows in came} == {
        tuple(Generation.objects.order_by("seed").values_list("pk", flat=True))
    }
    assert (came[0][0].pk, Generation.objects.count()) == (pk, 4)


def test_takes_without_a_seed_are_rows_of_their_own(owner):
    pk = uuid4()
    assert batch(owner, pk, [None] * 3) == batch(owner, pk, [None] * 3)
    assert Generation.objects.count() == 3


def test_more_takes_of_the_same_press_add_what_is_missing(owner, settings):
    settings.WANSTUDIO_DAILY_VIDEOS = 4
    pk = uuid4()
    two, four = batch(owner, pk, [1, 2]), batch(owner, pk)
    assert four[:2] == two
    assert Generation.objects.count() == 4


@pytest.mark.parametrize(
    "limit",
    [{"WANSTUDIO_DAILY_VIDEOS": 3}, {"WANSTUDIO_DAILY_USD": Decimal("0.39")},
     {"WANSTUDIO_SITE_DAILY_USD": Decimal("0.39")}, {"WANSTUDIO_RATE": 3}],
    ids=str,
)  # fmt: skip
def test_a_batch_over_a_limit_makes_no_row_and_keeps_no_picture(limit, owner, settings):
    for name, value in limit.items():
        setattr(settings, name, value)
    with pytest.raises(QuotaExceededError):
        batch(owner, uuid4(), picture=picture())
    assert not Generation.objects.exists() and not stored_pictures()


def test_a_batch_within_its_limits_is_made_whole(owner, settings):
    settings.WANSTUDIO_DAILY_VIDEOS = settings.WANSTUDIO_RATE = 4
    settings.WANSTUDIO_DAILY_USD = settings.WANSTUDIO_SITE_DAILY_USD = Decimal("0.40")
    rows = batch(owner, uuid4(), picture=picture())
    assert len({row.source_image.name for row in rows}) == len(stored_pictures()) == 4


def test_a_foreign_id_in_a_batch_tells_nothing(owner, stranger):
    pk = uuid4()
    theirs = ask(stranger, uuid5(pk, "2"))
    rows = batch(owner, pk)
    assert theirs not in rows
    assert [row.owner for row in rows] == [owner] * 4
    assert batch(owner, pk) == rows
    assert Generation.objects.count() == 5
