"""A file of tests has types everywhere or nowhere: half of them tell nobody anything."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parent


def has_types(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[bool]:
    given = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    named = [one.annotation is not None for one in given if one.arg not in ("self", "cls")]
    return [*named, function.returns is not None]


def is_mixed(path: Path) -> bool:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = ast.walk(ast.parse(path.read_text()))
    found = [has_types(node) for node in nodes if isinstance(node, kinds)]
    return any(map(any, found)) and not all(map(all, found))


def test_a_file_is_typed_all_or_none() -> None:
    assert [
        str(path.relative_to(TESTS)) for path in sorted(TESTS.rglob("*.py")) if is_mixed(path)
    ] == []
