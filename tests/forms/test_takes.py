"""Several takes by one press."""

from decimal import Decimal
from uuid import uuid4

import pytest

from generations.models import Generation
from tests.forms.posting import posted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("services")]


def test_a_press_makes_as_many_rows_as_takes_are_chosen(owner):
    form = posted(owner, takes="4", seed="2147483646")
    assert form.is_valid()
    first = form.save()
    assert first.pk == form.cleaned_data["id"]
    rows = Generation.objects.order_by("created")
    assert [row.seed for row in rows] == [2147483646, 2147483647, 0, 1]
    assert {(row.prompt, row.status) for row in rows} == {(first.prompt, "queued")}


def test_takes_without_a_seed_leave_it_to_the_model(owner):
    form = posted(owner, takes="3", seed="")
    assert form.is_valid() and form.save()
    assert list(Generation.objects.values_list("seed", flat=True)) == [None] * 3


@pytest.mark.parametrize("takes", ["0", "5", "-1", "two"])
def test_other_numbers_of_takes_are_refused(takes, owner):
    form = posted(owner, takes=takes)
    assert not form.is_valid()
    assert form.errors["takes"] == ["Choose one to four takes."]


def test_a_script_that_says_nothing_of_takes_asks_for_one(owner):
    form = posted(owner)
    assert form.is_valid() and form.save()
    assert Generation.objects.count() == 1


def test_the_form_knows_the_sum(owner, services):
    services.PRICES = {"dashscope": {"t2v:480P": Decimal("0.10")}}
    form = posted(owner, takes="3")
    assert (form.count, form.total) == (3, Decimal("0.30"))
    assert posted(owner, takes="3", size="1920x1080").total is None


def test_the_same_takes_once_more_ask_first(owner):
    first = posted(owner, takes="2", seed="7")
    assert first.is_valid() and first.save()
    newest = Generation.objects.order_by("created").last()
    again = posted(owner, takes="2", seed="7", id=str(uuid4()), previous=str(newest.pk))
    assert again.is_valid() and again.save() is None
    assert again.confirmation.questions
    assert Generation.objects.count() == 2


LINES = "A {red|blue} kite\nA fox"


def test_each_prompt_gets_its_takes(owner):
    form = posted(owner, several="on", prompt=LINES, takes="2", seed="5")
    assert form.is_valid() and form.save()
    rows = Generation.objects.order_by("created")
    assert [(row.prompt, row.seed) for row in rows] == [
        ("A red kite", 5), ("A red kite", 6), ("A blue kite", 5), ("A blue kite", 6),
        ("A fox", 5), ("A fox", 6),
    ]  # fmt: skip


def test_lines_are_one_prompt_unless_several_are_asked_for(owner):
    form = posted(owner, prompt=LINES)
    assert form.is_valid() and form.save().prompt == LINES


def test_a_bad_line_is_named_and_nothing_is_made(owner):
    form = posted(owner, several="on", prompt="A fox\nA {red kite")
    assert not form.is_valid()
    assert form.errors["prompt"] == ["Line 2 has a brace without its partner."]


@pytest.mark.parametrize(("takes", "lines", "fits"), [("4", 5, True), ("4", 6, False)])
def test_a_press_sends_twenty_at_most(takes, lines, fits, owner):
    prompt = "\n".join(f"Fox {number}" for number in range(lines))
    form = posted(owner, several="on", prompt=prompt, takes=takes)
    assert form.is_valid() == fits
    if not fits:
        assert form.errors["prompt"] == ["This would be 24 videos. One press sends at most 20."]


def test_a_person_sees_the_list_before_the_press_that_sends_it(owner):
    first = posted(owner, several="on", prompt=LINES, previous="")
    assert not first.is_valid()
    assert first.errors["prompt"][0].startswith("Nothing was sent. Look at the list")
    other = posted(owner, several="on", prompt=LINES, previous="", listed=first.listing, takes="2")
    assert not other.is_valid()
    seen = posted(owner, several="on", prompt=LINES, previous="", listed=first.listing)
    assert seen.is_valid() and seen.save()


def test_twenty_long_prompts_are_taken(owner):
    prompt = "\n".join(f"{number:02}" + "x" * 798 for number in range(20))
    form = posted(owner, several="on", prompt=prompt)
    assert form.is_valid() and form.save()
    assert Generation.objects.count() == 20


def test_several_prompts_without_one_are_none(owner):
    form = posted(owner, several="on", prompt=" \n ")
    assert not form.is_valid() and form.errors["prompt"] == ["Write one prompt a line."]
