"""Search by substring, as cheaply as the text allows."""

from __future__ import annotations

from typing import Any

from django.db.models import Lookup, TextField
from django.db.models.lookups import IContains


@TextField.register_lookup
class Contains(Lookup):
    """`prompt__contains_text=text`: what `icontains` finds, whatever the capitals, but faster.

    Chinese has no capitals, so nothing is converted. In ASCII only 26 letters have them, which
    PostgreSQL converts in two thirds of the time that it takes for all of Unicode (measured).
    """

    lookup_name = "contains_text"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return compiler.compile(IContains(self.lhs, self.rhs))

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if has_no_capitals(self.rhs):
            return self._found("STRPOS({}, %s) > 0", self.rhs, compiler, connection)
        if self.rhs.isascii():
            capitals = 'STRPOS(UPPER({} COLLATE "C"), %s) > 0'
            return self._found(capitals, self.rhs.upper(), compiler, connection)
        return self.as_sql(compiler, connection)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if has_no_capitals(self.rhs):
            return self._found("INSTR({}, %s) > 0", self.rhs, compiler, connection)
        if self.rhs.isascii():
            return self.as_sql(compiler, connection)
        found = [compiler.compile(IContains(self.lhs, way)) for way in ways_to_write(self.rhs)]
        alternatives = " OR ".join(sql for sql, _ in found)
        return f"({alternatives})", [param for _, params in found for param in params]

    def _found(
        self, template: str, text: str, compiler: Any, connection: Any
    ) -> tuple[str, list[Any]]:
        field, params = self.process_lhs(compiler, connection)
        return template.format(field), [*params, text]


def has_no_capitals(text: str) -> bool:
    return text.lower() == text.upper()


def ways_to_write(text: str) -> list[str]:
    """SQLite knows the capitals of 26 letters only, so the usual ways are all looked for."""
    return sorted({text, text.lower(), text.upper(), text.capitalize()})
