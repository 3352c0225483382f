"""The import law: which package of the app may import which. No package is free of it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "generations"


def whole(*packages: str) -> set[str]:
    """Each package and everything in it. Without this, a name allows that one module alone."""
    return {name for package in packages for name in (package, f"{package}.*")}


# Which providers are configured, what they can do, and how they fail.
REGISTRY = {"providers", "providers.base", "providers.errors"}
QUEUE = {"worker.task_queue"}
LEAVES = {"sizes", "text"}

# `tasks` is imported by nobody: the queue finds its functions by name.
DOMAIN = whole(
    "accounts", "creation", "staff", "reports", "operations", "models", "media", "wording"
)
PAGES = DOMAIN | whole("forms", "views") | REGISTRY | QUEUE | LEAVES
EVERYTHING = PAGES | whole("admin", "worker", "providers", "templatetags") | {"checks"}

# Every package and module of the app, and what it may import beside itself.
MAY_IMPORT: dict[str, set[str]] = {
    "sizes": set(),
    "text": set(),
    "worker": set(),
    "decoders": set(),
    "media": whole("decoders"),
    "providers": {"sizes"},
    "models": QUEUE | LEAVES,
    "migrations": whole("models"),
    "wording": {"providers.base", "providers.errors", "models.status"},
    "accounts": whole("models") | QUEUE | {"text"},
    "creation": whole("models", "media", "wording") | REGISTRY | QUEUE | LEAVES,
    "staff": whole("models", "media", "wording") | REGISTRY | QUEUE | LEAVES,
    "reports": whole("models", "media", "wording") | REGISTRY | QUEUE | LEAVES,
    "operations": whole("models"),
    "tasks": whole("accounts", "models", "providers", "media", "worker")
    | {"text", "creation.uploads", "staff.alerts", "staff.mail", "reports.aggregate"},
    "forms": whole("models", "creation", "media", "wording")
    | {"providers.base", "providers.http.url_policy"}
    | LEAVES,
    "views": PAGES,
    "admin": PAGES,
    "templatetags": whole("models", "wording", "creation") | {"views.presenters", "text"},
    "management": EVERYTHING,
    "checks": EVERYTHING,
    "apps": EVERYTHING,
    "urls": EVERYTHING,
}

# Outside packages that only these packages or modules may import.
KEPT_TO = {
    "requests": whole("providers"),
    "urllib3": whole("providers"),
    "django_q": whole("worker") | {"admin.task_queue"},
    "av": whole("decoders", "providers.sandbox"),
    "PIL": whole("decoders", "providers.sandbox"),
}

ADAPTERS = {"dashscope", "mulerouter", "vtrix", "relay", "sandbox"}


def name_of(path: Path) -> str:
    """`models.event` for `generations/models/event.py`, `models` for its `__init__.py`."""
    parts = path.relative_to(APP).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> set[str]:
    """The full names of everything that `path` imports, wherever in the file."""
    package = ["generations", *path.relative_to(APP).parts[:-1]] if APP in path.parents else []
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def module_in(name: str) -> str:
    """The module of the app that an imported name lies in: `models.event` for `Event` in it."""
    parts = name.split(".")[1:]
    while parts and not (
        APP.joinpath(*parts).is_dir() or APP.joinpath(*parts[:-1], f"{parts[-1]}.py").is_file()
    ):
        parts.pop()
    return ".".join(parts)


def allows(rule: set[str], module: str) -> bool:
    parts = module.split(".")
    above = {".".join(parts[:count]) + ".*" for count in range(1, len(parts))}
    return bool(rule & {module, *above})


FILES = sorted(path for path in APP.rglob("*.py") if name_of(path))


# What the law still finds: remove a line when the import is gone.
@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_who_may_import_whom(path: Path) -> None:
    package = name_of(path).split(".")[0]
    rule = MAY_IMPORT[package] | whole(package)
    modules = {module_in(name) for name in imported(path) if name.startswith("generations.")}
    assert not {module for module in modules if not allows(rule, module)}


def test_no_package_is_left_out_of_the_law() -> None:
    packages = {name_of(path).split(".")[0] for path in FILES}
    assert packages - set(MAY_IMPORT) == set()
    named = {name.split(".")[0] for rule in MAY_IMPORT.values() for name in rule}
    assert named - set(MAY_IMPORT) == set()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_network_queue_and_decoder_are_used_in_one_place_each(path: Path) -> None:
    for name in imported(path):
        rule = KEPT_TO.get(name.split(".")[0])
        assert rule is None or allows(rule, name_of(path)), name


@pytest.mark.parametrize("path", sorted((APP / "decoders").glob("*.py")), ids=lambda p: p.name)
def test_decoders_start_without_django(path: Path) -> None:
    assert not {name for name in imported(path) if name.startswith("django")}


@pytest.mark.parametrize("path", sorted((ROOT / "wanstudio").rglob("*.py")), ids=lambda p: p.stem)
def test_of_the_project_only_the_urls_import_the_app(path: Path) -> None:
    found = {name for name in imported(path) if name.startswith("generations.")}
    if path.name == "urls.py":
        found = {name for name in found if not name.startswith("generations.views.")}
    assert not found


@pytest.mark.parametrize("path", sorted((APP / "providers").glob("*.py")), ids=lambda p: p.name)
def test_adapters_know_neither_each_other_nor_django(path: Path) -> None:
    names = imported(path)
    assert not {name for name in names if name.startswith("django.db")}
    if path.name != "__init__.py":
        assert not {name for name in names if name.startswith("django")}
        ours = {name.split(".")[2] for name in names if name.startswith("generations.providers.")}
        assert not ours & ADAPTERS


# What belongs to no package of the app: the project, other kinds of tests, and their tools.
OTHER_TESTS = {
    "wanstudio",
    "browser",
    "crash",
    "fuzz",
    "debian",
    "emulator",
    "benchmarks",
    "vendor",
}


def test_the_tests_lie_as_what_they_test() -> None:
    folders = {
        path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")
    }
    ours = {folder for folder in folders if folder.parts and folder.parts[0] not in OTHER_TESTS}
    strange = {folder for folder in ours if not (APP / folder / "__init__.py").exists()}
    # Tests of one package that share rows of their own: each service in turn.
    assert strange == {Path("tasks/every_service")}
