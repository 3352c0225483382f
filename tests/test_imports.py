"""Models touch the database, providers the network, media the files; tasks join them."""

import ast
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parent.parent / "generations"

# Which part of the app (its first name after `generations.`) may import which others. A part
# that is not listed here holds no rule; `tasks` is imported by nobody.
MAY_IMPORT = {
    "providers": {"providers"},
    "models": {"models", "queue"},
    "queue": set(),
    "media": {"media"},
    "ranges": set(),
    "wording": {"providers", "wording"},
    "prices": {"providers"},
    "texts": set(),
    "quotas": {"models", "prices"},
    "forms": {
        "asking",
        "forms",
        "kept",
        "media",
        "models",
        "offers",
        "prices",
        "providers",
        "quotas",
        "texts",
        "wording",
    },  # fmt: skip
    "asking": {"media", "models", "quotas"},
    "kept": {"media"},
    "offers": {"prices", "providers"},
    "tasks": {
        "attention",
        "daily",
        "kept",
        "media",
        "models",
        "providers",
        "pulse",
        "queue",
        "tasks",
        "texts",
    },  # fmt: skip
}

# Outside packages that only these parts may import.
KEPT_TO = {
    "requests": {"providers"},
    "urllib3": {"providers"},
    "django_q": {"queue", "cluster", "admin", "management", "checks", "views"},
    "av": {"media", "providers"},
}


ADAPTERS = {"dashscope", "mulerouter", "vtrix", "relay", "sandbox"}


def part_of(path: Path) -> str:
    return path.relative_to(APP).parts[0].removesuffix(".py")


def module_of(path: Path) -> list[str]:
    parts = ["generations", *path.relative_to(APP).with_suffix("").parts]
    return parts[:-1] if parts[-1] == "__init__" else parts


def imported(path: Path) -> set[str]:
    """The full names of everything that `path` imports, wherever in the file."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path)[:-1]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def parts_imported(path: Path) -> set[str]:
    names = {name.split(".")[1] for name in imported(path) if name.startswith("generations.")}
    return {name for name in names if (APP / name).is_dir() or (APP / f"{name}.py").is_file()}


FILES = [path for path in sorted(APP.rglob("*.py")) if "migrations" not in path.parts]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(APP)))
def test_who_may_import_whom(path):
    part, parts = part_of(path), parts_imported(path)
    assert parts <= MAY_IMPORT.get(part, parts)
    if part != "tasks":
        assert "tasks" not in parts


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(APP)))
def test_the_network_and_the_queue_have_one_door_each(path):
    packages = {name.split(".")[0] for name in imported(path)}
    for package, parts in KEPT_TO.items():
        assert package not in packages or part_of(path) in parts


@pytest.mark.parametrize("path", sorted((APP / "providers").glob("*.py")), ids=lambda p: p.name)
def test_adapters_know_neither_each_other_nor_django(path):
    names = imported(path)
    assert not {name for name in names if name.startswith("django.db")}
    if path.name != "__init__.py":
        assert not {name for name in names if name.startswith("django")}
        ours = {name.split(".")[2] for name in names if name.startswith("generations.providers.")}
        assert not ours & ADAPTERS
