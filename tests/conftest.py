"""What every test stands on: an environment of its own, people, rows, and no network.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` run the same tests on PostgreSQL and with Redis; that
Redis database is emptied.
"""

import gc
import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import pytest
from _pytest.runner import runtestprotocol
from pytest_django.plugin import blocking_manager_key
from xdist.scheduler import LoadFileScheduling

# Before Django reads its settings: nothing of the developer's own environment or `.env` counts.
OURS = ("WANSTUDIO_", "DASHSCOPE_", "MULEROUTER_", "VTRIX_", "RELAY_", "ALI_MODEL_", "AWS_")
NAMES = {"SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "HOST", "PORT"}
NAMES |= {"MEDIA_ROOT", "TIME_ZONE", "ADMINS", "EMAIL_URL", "SENTRY_DSN", "Q_CLUSTER_NAME"}
LIVE = "LIVE_"  # under names that begin so, tests marked "live" find them, in any process
for variable in [name for name in os.environ if name.startswith(OURS) or name in NAMES]:
    os.environ[LIVE + variable] = os.environ.pop(variable)
for variable in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[variable]  # no proxy knows the servers that tests start here


def own_redis(url: str, below: int) -> str:
    """Tests empty their Redis database, so each further process takes the next one `below`.

    Raises `pytest.UsageError` if there is none: nothing is emptied that nobody meant.
    """
    if not url:
        return ""
    address = urlsplit(url)
    number = address.path.strip("/") or "0"  # as Redis itself understands it
    if not number.isdecimal() or int(number) < below:
        raise pytest.UsageError(
            f"TEST_REDIS_URL ends in {address.path or 'no number'!r}, but {below + 1} processes"
            f" empty a Redis database each: name number {below} or a higher one"
        )
    return address._replace(path=f"/{int(number) - below}").geturl()


WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
os.environ["TEST_REDIS_URL"] = own_redis(os.environ.get("TEST_REDIS_URL", ""), WORKER)


def folder_in_memory(folder: str = "/dev/shm", bytes_free: int = 4_000_000_000) -> str | None:
    """Where files of tests cost no disk: there if that much is free and programs may run there."""
    try:
        facts = os.statvfs(folder)
    except OSError:
        return None
    noexec = getattr(os, "ST_NOEXEC", 0)  # which macOS does not have
    is_fit = facts.f_bavail * facts.f_frsize >= bytes_free and not facts.f_flag & noexec
    return folder if is_fit and os.access(folder, os.W_OK) else None


if "TMPDIR" not in os.environ:  # nobody has chosen a place
    tempfile.tempdir = folder_in_memory()
FOLDER = tempfile.TemporaryDirectory(prefix="studio-", ignore_cleanup_errors=True)
TESTS_VAR = Path(FOLDER.name)
TESTS_VAR.chmod(0o711)  # a PostgreSQL of a test runs under another account, if this one is root
(TESTS_VAR / "static").mkdir()
(TESTS_VAR / "database").mkdir(mode=0o700)  # for no other account, as a check wants it
# What killed processes leave in the folder for temporary files goes as well; pytest's own stays.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
os.environ["TMPDIR"] = tempfile.tempdir = FOLDER.name
# What one process of a run migrated, the others copy (tests/installation.py).
os.environ.setdefault("TESTS_MIGRATED", f"{FOLDER.name}/migrated.sqlite3")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "tests.settings",
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{TESTS_VAR}/unused.sqlite3",
    "REDIS_URL": os.environ["TEST_REDIS_URL"],
    "MEDIA_ROOT": str(TESTS_VAR / "media"),
    "SECRET_KEY": "a-key-for-tests-alone-" * 3,
    "WANSTUDIO_ENV_FILE": "none",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright keeps an event loop beside the tests
}
django.setup()
gc.disable()  # collecting thousands of tests takes half of the time so
from django.conf import settings as django_settings  # noqa: E402 (after the settings)
from django.db import connection  # noqa: E402

from generations.media import isolated  # noqa: E402
from tests.python_process import Forks  # noqa: E402

# Each test client builds the middleware anew: static files are looked for when one is asked for.
django_settings.WHITENOISE_AUTOREFRESH = True
# Files are opened in forks, behind the limits of the product's children.
isolated.subprocess = Forks

REAL_DATABASE = str(connection.settings_dict["NAME"])  # tests have one of their own

pytest_plugins = ["tests.backups", "tests.emulator.fixtures"]
pytest.register_assert_rewrite("tests.providers.contract")


def pytest_configure(config: pytest.Config) -> None:
    """Processes that share the work begin like this one, and read settings of their own."""
    if processes := config.getoption("numprocesses", None):
        own_redis(os.environ["TEST_REDIS_URL"], processes - 1)
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


# Files that take long start first, so that the last ones to end are short. Used with
# `--no-loadscope-reorder`.
LONG_FILES = (
    "crash/test_crash.py", "crash/test_situations.py", "tests/test_distributed.py",
    "tests/test_many.py", "operations/test_backup.py", "commands/test_restore.py",
    "tests/test_matrix.py", "tests/test_slow_clients.py", "tasks/test_submit_to_stored.py",
    "tasks/test_reconcile.py", "views/test_monitoring.py", "tests/test_redis.py",
    "crash/test_stopping.py", "wanstudio/test_install.py", "browser/test_journey.py",
    "browser/test_axe.py", "browser/test_everyone.py",
)  # fmt: skip


def rank(path: Path) -> int:
    name = "/".join(path.parts[-2:])
    return LONG_FILES.index(name) if name in LONG_FILES else len(LONG_FILES)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark what asks a database, so that `-m database` repeats it elsewhere. Long files first."""
    for item in items:  # before anybody picks by markers
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"}:
            item.add_marker("database")
    yield
    items.sort(key=lambda item: rank(item.path))


class FewBrowsers(LoadFileScheduling):
    """Two processes take the files with a browser first, the others last.

    Each process that has such a file starts a Chromium and a studio with web and worker, and many
    browsers at one time starve each other.
    """

    def _assign_work_unit(self, node: Any) -> None:
        is_first = node.gateway.id in ("gw0", "gw1")
        fitting = (file for file in self.workqueue if ("/browser/" in file) == is_first)
        if file := next(fitting, None):
            self.workqueue.move_to_end(file, last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FewBrowsers | None:
    return FewBrowsers(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """What was collected stays to the end: no collection of garbage need look through it."""
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


def in_one_chunk(run: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call `run` in a frame so large that the frames of a test fit behind it.

    CPython keeps frames in chunks of 16 kB, and a call that crosses the end of one maps and unmaps
    the next (push_chunk in its pystate.c, 3.11 and newer). Where the end lay inside a loop, a test
    did that hundreds of times: a tenth of the processor of all tests.
    """
    return run(*args, **kwargs)


in_one_chunk.__code__ = in_one_chunk.__code__.replace(co_stacksize=40_000)  # of 8 bytes


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    where = {"nodeid": item.nodeid, "location": item.location}
    item.ihook.pytest_runtest_logstart(**where)
    in_one_chunk(runtestprotocol, item, nextitem=nextitem)
    item.ihook.pytest_runtest_logfinish(**where)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """A test with transactions of its own empties every table: give back what migrations wrote."""
    yield
    marker = item.get_closest_marker("django_db")
    own = marker and marker.kwargs.get("transaction")
    own = own or "transactional_db" in getattr(item, "fixturenames", ())
    if own and str(connection.settings_dict["NAME"]) != REAL_DATABASE:
        with item.config.stash[blocking_manager_key].unblock():
            make_roles()


def make_roles() -> None:
    from django.contrib.auth.models import Group, Permission

    roles = import_module("generations.migrations.0003_roles").ROLES
    for name, codenames in roles.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(codename__in=codenames))


# No network


class NetworkForbidden(RuntimeError):
    """A test reached for an address that is not this machine."""


def is_local(family: int, address: Any) -> bool:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True
    host = str(address[0]).partition("%")[0]
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: socket.socket, address: Any) -> Any:
        if not is_local(self.family, address):
            raise NetworkForbidden(f"tests stay on this machine, not {address!r}")
        return method(self, address)

    return call


def lookup(real: Callable[..., Any]) -> Callable[..., Any]:
    def call(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name and not is_local(socket.AF_INET, (name,)) and not is_address(name):
            raise socket.gaierror(socket.EAI_NONAME, f"tests look up no names: {name}")
        return real(host, *args, **kwargs)

    return call


def is_address(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def only_loopback(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only sockets of this machine, but for tests marked "live"."""
    if not request.node.get_closest_marker("live"):
        monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        monkeypatch.setattr(socket, "getaddrinfo", lookup(socket.getaddrinfo))


# Database, files, queue


SHARES_MIGRATED = "PYTEST_XDIST_WORKER" in os.environ and connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Processes that share the work begin with a copy of what the first of them migrated."""
    return SHARES_MIGRATED


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Without fsyncs; SQLite in a file, so that threads and child processes share it."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["TEST"]["NAME"] = str(TESTS_VAR / "database/test.sqlite3")
        if SHARES_MIGRATED:
            from tests.installation import migrate

            migrate(os.environ | {"DATABASE_URL": f"sqlite:///{database['TEST']['NAME']}"})
        options = database["OPTIONS"]
        options["init_command"] = options["init_command"].replace("=FULL", "=OFF")
    elif database["ENGINE"] == "django.db.backends.postgresql":
        database["OPTIONS"]["options"] = "-c synchronous_commit=off"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    """Videos and pictures of one test are gone with it; what was collected here counts nowhere."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STATIC_ROOT = TESTS_VAR / "static"
    stored = {**settings.STORAGES["default"]}
    if "location" in stored.get("OPTIONS", {}):
        stored["OPTIONS"] = {**stored["OPTIONS"], "location": settings.MEDIA_ROOT}
        settings.STORAGES = {**settings.STORAGES, "default": stored}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Each test speaks English first, whatever the one before was answered in."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """The cache in memory, and in a Redis run the queue, begin empty."""
    from django.core.cache import caches

    caches["local"].clear()
    if url := os.environ["TEST_REDIS_URL"]:
        from redis import Redis

        Redis.from_url(url).flushdb()


# Time


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's clock stands still: a pause of ten minutes is one however slow we are."""
    from django.utils import timezone

    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


# Browser

# The first one takes a quarter less of the processor.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_type: Any
) -> dict[str, Any]:
    """The Chromium of this machine, if there is one; else the one that Playwright brought."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not chromium and not Path(browser_type.executable_path).exists():
        pytest.skip("there is no Chromium here, and Playwright brought none")
    args = ["--renderer-process-limit=1"]  # none is started for a page that may never be opened
    if os.geteuid() == 0:
        args.append("--no-sandbox")  # root cannot have a sandbox
    return {**browser_type_launch_args, "executable_path": chromium, "args": args}


# People


def person(name: str, *permissions: str, staff: bool = False) -> Any:
    """A user named `name` with these permissions of the app (`review_generation`)."""
    from django.contrib.auth.models import Permission

    user = stored_user(name, is_staff=staff)
    if permissions:
        ours = Permission.objects.filter(content_type__app_label="generations")
        user.user_permissions.set(ours.filter(codename__in=permissions))
    return user


def stored_user(name: str, **facts: Any) -> Any:
    """A row alone, without the questions that the product asks about a new name."""
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User

    facts |= {"email": f"{name}@example.com", "password": make_password("password")}
    return User.objects.bulk_create([User(username=name, **facts)])[0]


@pytest.fixture
def owner(db: None) -> Any:
    return person("owner")


@pytest.fixture
def stranger(db: None) -> Any:
    return person("stranger")


@pytest.fixture
def reviewer(db: None) -> Any:
    """Staff who look at generations and decide what is shown."""
    return person("reviewer", "view_generation", "review_generation", staff=True)


@pytest.fixture
def colleague(db: None) -> Any:
    """Another reviewer."""
    return person("colleague", "view_generation", "review_generation", staff=True)


@pytest.fixture
def operator(db: None) -> Any:
    """The administrator, who may do everything."""
    return stored_user("operator", is_staff=True, is_superuser=True)


# Rows


@pytest.fixture
def services(settings: Any) -> Any:
    """Settings with three services that have a key."""
    options = {"api_key": "key", "base_url": "http://127.0.0.1:9"}
    names = {"dashscope": "DashScope", "mulerouter": "MuleRouter", "relay": "Relay"}
    settings.PROVIDERS = {
        name: {"BACKEND": f"generations.providers.{name}.{adapter}", "OPTIONS": options}
        for name, adapter in names.items()
    }
    return settings


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A short one that is in order."""
    from tests.films import draw_film

    return draw_film(tmp_path / "film.mp4")


@pytest.fixture
def late_film(tmp_path: Path) -> Path:
    """Its index comes after its pictures."""
    from tests.films import draw_film

    return draw_film(tmp_path / "late.mp4", movflags="")


@pytest.fixture
def make_generation(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """`make_generation(status="running", **fields)`: a row as it would stand in that status."""
    from tests.factory import make_generation as make

    def build(status: str = "queued", **changes: Any) -> Any:
        if "owner" not in changes and "owner_id" not in changes:
            changes["owner"] = request.getfixturevalue("owner")
        return make(status=status, **changes)

    yield build
