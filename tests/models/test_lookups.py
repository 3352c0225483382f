"""What a search finds, on either database; and that it is asked as cheaply as it can be."""

import pytest
from django.db import connection

from generations.models import Generation

pytestmark = pytest.mark.django_db

FOUND = [
    ("A Red kite over Łódź", "red KITE"),
    ("A Red kite over Łódź", "ł"),
    ("雨后的街道，小猫", "小猫"),
    ("雨后的街道，小猫 and a Dog", "dog"),
    ("100 % of the sky", "0 %"),
    ("under_score \\ 'quoted'", "r_s"),
    ("under_score \\ 'quoted'", "\\ 'Q"),
    ("12:30 at noon", "12:30"),
]


@pytest.mark.parametrize(("prompt", "text"), FOUND)
def test_a_text_is_found_whatever_its_capitals_and_signs(make_generation, prompt, text):
    row = make_generation(prompt=prompt)
    assert [found.pk for found in Generation.objects.filter(prompt__contains_text=text)] == [row.pk]


@pytest.mark.parametrize("text", ["green", "小狗", "%", "_", "12_30", "\\"])
def test_signs_that_mean_something_to_databases_stand_for_themselves(make_generation, text):
    make_generation(prompt="a red kite")
    make_generation(prompt="雨后的街道，小猫 12:30")
    assert not Generation.objects.filter(prompt__contains_text=text).exists()


@pytest.mark.parametrize("text", ["小猫", "12:30"])
def test_what_has_no_capitals_is_looked_for_as_it_stands(text):
    asked = str(Generation.objects.filter(prompt__contains_text=text).query)
    assert "UPPER" not in asked and "LIKE" not in asked


@pytest.mark.parametrize("text", ["кот", "Кот", "КОТ", "ЁЖ", "Ёж"])
def test_the_usual_capitals_of_other_scripts_are_found(make_generation, text):
    row = make_generation(prompt="Кот и ёж")
    assert Generation.objects.get(prompt__contains_text=text) == row


def test_letters_of_english_are_all_that_postgresql_converts_for_english():
    asked = str(Generation.objects.filter(prompt__contains_text="cat").query)
    assert ('COLLATE "C"' in asked) == (connection.vendor == "postgresql")
