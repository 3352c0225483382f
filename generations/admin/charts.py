"""Plots as SVG, without scripts or external files. Colors come from the style sheet.

A plot is data. The template draws it, and shows the same data as a table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, log10
from typing import Any

WIDTH, HEIGHT = 720.0, 200.0  # size of the drawing, in its own units
LEFT, TOP, BOTTOM = 52.0, 10.0, 24.0
MAX_TICKS = 8
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Series:
    """One color of a plot: `key` names it in the style sheet, `values` has one per day."""

    key: str
    label: Any
    values: Sequence[float | None]


@dataclass(frozen=True)
class Plot:
    """`shape` is "bars" (stacked) or "lines". `unit` is in the heading of the table."""

    key: str
    title: Any
    days: Sequence[date]
    series: Sequence[Series]
    shape: str = "bars"
    unit: Any = ""
    digits: int = 0

    @property
    def is_empty(self) -> bool:
        return not any(any(line.values) for line in self.series)

    @property
    def top(self) -> float:
        """The end of the scale: the first round number that no value exceeds."""
        if self.shape == "bars":
            stacks = zip(*(line.values for line in self.series), strict=True)
            return round_up(max((sum(filter(None, stack)) for stack in stacks), default=0))
        return round_up(max((value or 0 for s in self.series for value in s.values), default=0))

    def y(self, value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / self.top), 1)

    def x(self, number: float) -> float:
        return round(LEFT + (WIDTH - LEFT) * number / max(1, len(self.days)), 1)

    def grid(self) -> list[dict[str, Any]]:
        """Four lines and their values."""
        values = [self.top * part / 4 for part in range(5)]
        return [{"y": self.y(value), "label": f"{value:g}"} for value in values]

    def marks(self) -> list[dict[str, Any]]:
        """The labels of days below the drawing, as many as fit."""
        every = -(-len(self.days) // MAX_TICKS)
        return [
            {"x": self.x(number + 0.5), "day": day}
            for number, day in enumerate(self.days)
            if number % every == 0
        ]

    def bars(self) -> list[dict[str, Any]]:
        """Stacked rectangles, the first series at the bottom."""
        found = []
        for number in range(len(self.days)):
            base = 0.0
            for line in self.series:
                value = line.values[number]
                if value:
                    found.append(self.bar(line, number, base, base + value))
                    base += value
        return found

    def bar(self, line: Series, number: int, low: float, high: float) -> dict[str, Any]:
        left, right = self.x(number + 0.12), self.x(number + 0.88)
        return {
            "key": line.key,
            "x": left,
            "y": self.y(high),
            "width": round(right - left, 1),
            "height": round(self.y(low) - self.y(high), 1),
            "day": self.days[number],
            "label": line.label,
            "value": self.shown(line.values[number]),
        }

    def paths(self) -> list[dict[str, Any]]:
        """The lines, broken where values are missing; a single day is a dot."""
        return [
            {"key": line.key, "points": " ".join(f"{x},{y}" for x, y in stretch), "dot": stretch[0]}
            for line in self.series
            for stretch in self.unbroken_lines(line)
        ]

    def unbroken_lines(self, line: Series) -> list[list[tuple[float, float]]]:
        """Runs of consecutive days with a value."""
        found: list[list[tuple[float, float]]] = [[]]
        for number, value in enumerate(line.values):
            if value is None:
                found.append([])
            else:
                found[-1].append((self.x(number + 0.5), self.y(value)))
        return [stretch for stretch in found if stretch]

    def shown(self, value: float | None) -> str:
        return "–" if value is None else f"{value:.{self.digits}f}"

    def table(self) -> list[tuple[date, list[str]]]:
        """The data of the plot, newest day first, without days on which nothing happened."""
        lines = list(zip(self.days, *(line.values for line in self.series), strict=True))
        return [
            (day, [self.shown(value) for value in values])
            for day, *values in reversed(lines)
            if any(values)
        ]


def round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten; at least 1."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(power * step for step in STEPS if power * step >= value * 0.999999)


def by_day(
    days: Sequence[date], found: Mapping[date, Any], missing: float | None = 0.0
) -> list[float | None]:
    """One number for each day, `missing` if there is none."""
    return [missing if found.get(day) is None else float(found[day]) for day in days]
