"""How heavy the pages are, as they leave a production server, and how they bear many rows."""

import gzip
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from generations.models import Generation
from generations.models.pagination import cursor
from tests.factory import make_generation

ROOT = Path(__file__).resolve().parent.parent
PROMPTS = (
    "A red paper kite rises over a misty river valley at dawn, slow aerial shot, soft light",
    "清晨的竹林里薄雾缓缓流动，阳光穿过竹叶洒下斑驳的光影，镜头沿着石板小径向前推进",
)


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Static files as `collectstatic` leaves them for production: hashed and compressed."""
    folder = tmp_path_factory.mktemp("static")
    code = (
        "import django; from django.conf import settings; django.setup();"
        f"settings.STATIC_ROOT = {str(folder)!r};"
        "from django.core.management import call_command;"
        "call_command('collectstatic', interactive=False, verbosity=0)"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "wanstudio.settings",
        "WANSTUDIO_ENV_FILE": "none", "SECRET_KEY": "for-this-test-alone-" * 3,
        "PYTHONPATH": str(ROOT), "DATABASE_URL": f"sqlite:///{folder}/none.sqlite3",
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    return folder


def compressed(path):
    ready = path.with_name(f"{path.name}.gz")
    return ready.stat().st_size if ready.exists() else len(gzip.compress(path.read_bytes()))


def many(owner, count):
    """`count` finished generations of one person, in a second rather than in minutes."""
    first = make_generation("succeeded", owner=owner, poster="posters/one.webp")
    own = ("id", "remote_id", "prompt", "created")
    same = {
        field.attname: getattr(first, field.attname)
        for field in Generation._meta.concrete_fields
        if field.name not in own
    }
    now = timezone.now()
    rows = [
        Generation(
            remote_id=f"remote-{n}", prompt=f"{n} {PROMPTS[n % 2]}",
            created=now - timedelta(minutes=n), **same,
        )
        for n in range(count - 1)
    ]  # fmt: skip
    Generation.objects.bulk_create(rows, batch_size=500)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_full_page_of_the_gallery_stays_under_seven_kilobytes_compressed(
    client, owner, collected, language
):
    many(owner, 30)
    client.force_login(owner)
    hashed = {"default": settings.STORAGES["default"]} | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    with override_settings(STORAGES=hashed, STATIC_ROOT=collected):
        page = client.get("/gallery/", headers={"Accept-Language": language}).content
    assert page.count(b'class="tile"') == 24
    assert re.search(rb"studio\.[0-9a-f]{12}\.css", page)
    assert len(gzip.compress(page)) < 7_000


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_with_its_styles_and_scripts_stays_under_sixty_kilobytes(
    client, owner, collected, language
):
    many(owner, 30)
    client.force_login(owner)
    row = Generation.objects.first()
    hashed = {"default": settings.STORAGES["default"]} | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    weights = {}
    with override_settings(STORAGES=hashed, STATIC_ROOT=collected):
        for path in ("/", "/gallery/", "/activity/", "/trash/", "/help/", f"/v/{row.pk}/"):
            page = client.get(path, headers={"Accept-Language": language}).content
            files = re.findall(r'(?:href|src)="/static/([^"#]+\.(?:css|js))"', page.decode())
            assert len(files) >= 5
            parts = sum(compressed(collected / name) for name in files)
            weights[path] = len(gzip.compress(page)) + parts
    assert max(weights.values()) < 60_000, weights


def test_no_line_of_a_template_is_longer_than_120_characters():
    templates = sorted((ROOT / "templates").rglob("*.html"))
    lines = [(path.name, line) for path in templates for line in path.read_text().splitlines()]
    assert lines
    assert [(name, line) for name, line in lines if len(line) > 120] == []


def test_ten_thousand_generations_cost_no_more_queries_than_thirty(
    client, owner, django_assert_max_num_queries
):
    many(owner, 10_000)
    client.force_login(owner)
    before = cursor(Generation.objects.order_by("-created")[5000])
    for path in ("/", "/gallery/", "/activity/", "/trash/", "/gallery/?q=竹林",
                 f"/gallery/?before={before}", "/gallery/?ratio=16:9&favourites=on"):  # fmt: skip
        with django_assert_max_num_queries(12):
            assert client.get(path).status_code == 200, path
