"""The drawings: how high, how wide, and what is said of nothing."""

from datetime import date

import pytest

from generations.admin.charts import Plot, Series, round_up

DAYS = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]


def bars(**values):
    return Plot("p", "P", DAYS, [Series(key, key, value) for key, value in values.items()])


def test_bars_stand_on_each_other():
    first, second = bars(a=[1, 0, 0], b=[3, 0, 0]).bars()
    assert second["y"] + second["height"] == pytest.approx(first["y"])
    assert second["height"] == pytest.approx(3 * first["height"], abs=0.2)


def test_the_scale_ends_above_the_highest_stack():
    assert bars(a=[3, 1, 0], b=[4, 1, 0]).top == 10


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(0, 1), (1, 1), (1.1, 2), (3, 5), (7, 10), (99, 100), (101, 200), (0.03, 0.05), (2.2, 2.5)],
)
def test_scales_end_on_round_numbers(value, wanted):
    assert round_up(value) == pytest.approx(wanted)


def test_a_line_is_broken_where_nothing_is_known():
    plot = Plot("p", "P", DAYS, [Series("a", "a", [1.0, None, 2.0])], shape="lines")
    assert [path["points"].count(",") for path in plot.paths()] == [1, 1]
    assert plot.table() == [(DAYS[2], ["2"]), (DAYS[0], ["1"])]


def test_nothing_to_draw_is_said():
    assert bars(a=[0, 0, 0]).is_empty
