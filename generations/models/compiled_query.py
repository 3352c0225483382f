"""Queries whose SQL is built once per process: building it takes Django longer than running it.

For what every request asks. Elsewhere, a queryset is simpler.
"""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from django.db import connections, models
from django.db.models import QuerySet, Value

M = TypeVar("M", bound=models.Model)


class Parameter(Value):
    """Stands in a `CompiledQuery` for a value, which each run gives under `name`."""

    def __init__(self, name: str, field: Any) -> None:
        super().__init__(name, output_field=field)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]

    def prepare(self, values: dict[str, Any], connection: Any) -> Any:
        return self.output_field.get_db_prep_value(values[self.value], connection)


def parameters(name: str, field: Any, count: int) -> list[Any]:
    """For `__in`: `name0`, `name1` and so on."""
    return [Parameter(f"{name}{number}", field) for number in range(count)]


class CompiledQuery(Generic[M]):
    """A queryset with `Parameter`s in it.

    It returns its columns alone: no related objects. A query without any rows (`none()`) cannot be
    compiled.
    """

    def __init__(self, queryset: QuerySet[M, Any]) -> None:
        self.model, self.query, self.database = queryset.model, queryset.query, queryset.db
        compiler = self.query.get_compiler(self.database)
        self.sql, self.parameters = compiler.as_sql()
        columns = [column for column, *_ in compiler.select]
        self.converters = compiler.get_converters(columns)
        self.names = [column.target.attname for column in columns if hasattr(column, "target")]

    def tuples(self, **values: Any) -> Iterator[Any]:
        """The rows as `values_list` has them."""
        connection = connections[self.database]
        given = [
            each.prepare(values, connection) if isinstance(each, Parameter) else each
            for each in self.parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            found = cursor.fetchall()
        compiler: Any = self.query.get_compiler(self.database)
        yield from compiler.apply_converters(found, self.converters)

    def rows(self, **values: Any) -> list[M]:
        return [self.model.from_db(self.database, self.names, row) for row in self.tuples(**values)]
