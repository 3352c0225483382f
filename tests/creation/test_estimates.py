"""How long it usually takes: our own finished rows, or no answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.creation.estimates import DurationEstimate, estimate_duration, expected_wait

pytestmark = pytest.mark.django_db


def usual_of(row):
    return estimate_duration(row.provider, row.model, row.size)


@pytest.fixture
def took(make_generation):
    def make(*seconds, **fields):
        now = timezone.now()
        for number, length in enumerate(seconds):
            end = now - timedelta(minutes=number)
            times = {"submitted_at": end - timedelta(seconds=length), "finished_at": end}
            make_generation("succeeded", video="videos/a.mp4", **times | fields)

    return make


def test_four_samples_are_no_history(took, make_generation):
    took(60, 60, 60, 60)
    assert usual_of(make_generation()) is None


def test_median_and_ninetieth_percentile(took, make_generation):
    took(10, 20, 30, 40, 50, 60, 70, 80, 90, 1000)
    found = usual_of(make_generation())
    assert (found.median, found.ninety) == (55, 90)


def test_only_the_same_service_model_and_tier_count(took, make_generation):
    took(60, 60, 60, 60, 60, size="624x624")
    assert usual_of(make_generation(size="832x480"))
    assert usual_of(make_generation(size="1920x1080")) is None
    assert usual_of(make_generation(size="480P")) is None
    assert usual_of(make_generation(provider="dashscope")) is None
    assert usual_of(make_generation(model="other")) is None


def test_only_the_last_fifty_count(took, make_generation):
    took(*[60] * 50, *[6000] * 50)
    found = usual_of(make_generation())
    assert (found.median, found.ninety) == (60, 60)


@pytest.mark.parametrize(("before", "seconds"), [(0, 0), (1, 0), (2, 30), (3, 60), (101, 3000)])
def test_a_row_waits_for_those_before_it(before, seconds):
    assert expected_wait(DurationEstimate(median=60, ninety=90), before, max_open=2) == seconds
