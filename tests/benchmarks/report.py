"""The table: what was measured, against its bar and the naive way."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from statistics import median

from .yardstick import speed

HEAD = ("What", "Database", "Median", "p95", "Bar", "Met", "Naive or before: median, p95", "Ratio")


def p95(values: Sequence[float]) -> float:
    return sorted(values)[ceil(0.95 * len(values)) - 1]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line. `bar` is the most that the p95 may be, `middle` the median; None without a bar.

    `why` is what is known to make it hard, and said where the bar is missed.
    """

    what: str
    database: str
    values: Sequence[float]
    unit: str
    bar: float | None = None
    middle: float | None = None
    naive: Sequence[float] = ()
    note: str = ""
    why: str = ""

    @property
    def met(self) -> str:
        if self.bar is None:
            return ""
        high, middle = p95(self.values) <= self.bar, self.middle
        met = high and (middle is None or median(self.values) <= middle)
        return "yes" if met else "**no**"

    @property
    def ratio(self) -> str:
        """How many times slower the naive way is, at the p95."""
        ours = p95(self.values)
        return f"{p95(self.naive) / ours:.1f} ×" if self.naive and ours else ""

    @property
    def found(self) -> str:
        middle, high = (shown(f(self.values), self.unit) for f in (median, p95))
        return f"the median is {middle} and the p95 {high}" if self.values[1:] else f"it is {high}"

    def cells(self) -> list[str]:
        middle, high = shown(median(self.values), self.unit), shown(p95(self.values), self.unit)
        alone = len(self.values) == 1
        naive = [shown(f(self.naive), self.unit) for f in (median, p95)] if self.naive else []
        bar = f"≤ {shown(self.bar, self.unit)}" if self.bar is not None else ""
        if self.middle is not None:
            bar = f"median ≤ {shown(self.middle, self.unit)}, p95 {bar}"
        cells = ["" if alone else middle, high, bar, self.met, ", ".join(naive), self.ratio]
        return [self.what, self.database, *cells]


def shown(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f} {unit}"


class Report:
    """All lines of one run."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.began = datetime.now(UTC)

    def add(
        self, what: str, database: str, values: Sequence[float], unit: str, **more: object
    ) -> None:
        assert values, f"nothing was measured: {what}"
        line = Line(what=what, database=database, values=list(values), unit=unit, **more)  # type: ignore[arg-type]
        self.lines.append(line)
        print(f"\n  {' | '.join(line.cells())}", flush=True)

    def plain(self) -> str:
        """The table for a terminal."""
        rows = [list(HEAD), *(line.cells() for line in self.lines)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
        padded = [
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows
        ]
        return "\n".join([*(row.rstrip() for row in padded), *self.notes()])

    def markdown(self) -> str:
        rows = [list(HEAD), ["---"] * len(HEAD), *(line.cells() for line in self.lines)]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def notes(self) -> list[str]:
        """What is to be said about lines, each once."""
        said = {line.note: line.what for line in self.lines if line.note}
        return [f"{what}: {note}" for note, what in said.items()]

    def missed(self) -> list[str]:
        """Each line with a bar that was not met, and why."""
        return [
            f"- {line.what}, {line.database}: {line.cells()[4]}, but {line.found}."
            f" {line.why}".rstrip()
            for line in self.lines
            if line.met == "**no**"
        ]

    def page(self, template: Path) -> str:
        """`docs/performance.md`: the words around the table are in `template`."""
        return template.read_text().format(
            when=f"{self.began:%Y-%m-%d %H:%M} UTC",
            machine=machine(),
            speed=speed(),
            beside=os.environ.get("BENCH_BESIDE", "Nothing else ran beside it."),
            table=self.markdown(),
            notes="\n".join(f"- {note}" for note in self.notes()),
            missed="\n".join(self.missed()) or "None.",
        )


def machine() -> str:
    """Processor, memory and versions, as they bear on the numbers."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in lines_of("/proc/cpuinfo")
            if "model name" in line
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GiB of memory, {system}"


def lines_of(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
