"""What is asked before a press costs money, and what answers it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from generations.forms import GenerationForm
from generations.models import Generation, Status
from tests.forms.posting import IMAGE, picture, posted, saved, typed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("services")]

SAME = "You sent the same request a moment ago. Send it again?"


def press(owner, files=None, **changes):
    """The form after a press of its button: with a row, or with questions."""
    form = posted(owner, files, **changes)
    assert form.is_valid(), form.errors
    form.row = form.save()
    assert bool(form.row) != bool(form.confirmation)
    return form


def test_the_same_once_more_is_asked_about_and_sent_when_that_is_confirmed(owner):
    first = saved(owner)
    form = press(owner, previous=str(first.pk))
    assert form.confirmation.questions == [SAME]
    assert Generation.objects.count() == 1
    again = press(owner, previous=str(first.pk), confirmed=form.confirmation.answer)
    assert again.row.prompt == first.prompt
    assert Generation.objects.count() == 2


@pytest.mark.parametrize("previous", [None, "", "nonsense", "5c39a0f2-5a7e-4f38-9a0e-111111111111"])
def test_without_the_press_before_nothing_is_asked(owner, previous):
    saved(owner)
    assert press(owner, previous=previous).row


@pytest.mark.parametrize(
    "changes", [{"prompt": "A wolf"}, {"seed": "7"}, {"size": "1920x1080"}, {"prompt_extend": None}]
)
def test_what_was_changed_is_sent_at_once(owner, changes):
    first = saved(owner)
    assert press(owner, previous=str(first.pk), **changes).row


def test_after_a_minute_or_a_failure_the_same_is_sent_at_once(owner):
    first = saved(owner)
    rows = Generation.objects.filter(pk=first.pk)
    rows.update(created=timezone.now() - timedelta(seconds=61))
    assert press(owner, previous=str(first.pk)).row
    rows.update(created=timezone.now(), status=Status.CANCELED, due_at=None)
    assert press(owner, previous=str(first.pk)).row


def test_the_press_of_somebody_else_is_not_ones_own(owner, stranger):
    theirs = saved(stranger)
    assert press(owner, previous=str(theirs.pk)).row


def test_a_press_that_made_its_row_already_finds_it_unasked(owner):
    first, pk = saved(owner), str(uuid4())
    form = press(owner, id=pk, previous=str(first.pk))
    answered = {"id": pk, "previous": str(first.pk), "confirmed": form.confirmation.answer}
    second = press(owner, **answered).row
    assert press(owner, id=pk, previous=str(first.pk)).row == second
    assert Generation.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "question"),
    [
        ({"prompt": "狐" * 801}, "The prompt is longer than the service takes: its last character"),
        ({"prompt": "狐" * 812}, "its last 12 characters would be cut."),
        ({"negative_prompt": "x" * 502}, "The negative prompt is longer than the service takes"),
    ],
)
def test_a_text_that_would_be_cut_is_asked_about_at_the_first_press(owner, changes, question):
    form = press(owner, previous="", **changes)
    [said] = form.confirmation.questions
    assert question in said
    assert not Generation.objects.exists()
    assert press(owner, previous="", confirmed=form.confirmation.answer, **changes).row


def test_an_answer_is_for_what_was_asked_alone(owner):
    answer = press(owner, previous="", prompt="x" * 801).confirmation.answer
    other = press(owner, previous="", prompt="y" * 900, confirmed=answer)
    assert "last 100 characters" in other.confirmation.questions[0]


def test_a_picture_is_kept_while_its_question_is_answered(owner):
    ask = {"model": IMAGE, "size": None, "resolution": "480P"}
    first = saved(owner, {"image": picture()}, **ask)
    form = press(owner, {"image": picture()}, previous=str(first.pk), **ask)
    assert form.kept_preview
    data = typed(**ask, previous=str(first.pk), confirmed=form.confirmation.answer)
    again = GenerationForm(data | {"kept_image": form["kept_image"].value()}, user=owner)
    assert again.is_valid() and again.save()
    assert Generation.objects.count() == 2
