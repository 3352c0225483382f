import contextlib
import shutil
import socketserver
import subprocess
import threading
import time
from decimal import Decimal

import pytest
from django.core.checks import run_checks

from generations.checks import redis_mode
from generations.media import can_write
from tests.installation import free_port
from wanstudio.database_settings import SQLITE


def found():
    return {message.id for message in run_checks() if message.id.startswith("generations.")}


def test_the_settings_as_they_come_are_in_order():
    assert found() == set()


def test_the_queue_is_as_the_design_needs_it(settings):
    queue = settings.Q_CLUSTER
    assert queue["queue_limit"] == queue["workers"] >= 3
    # A task may wait for one in front of it, and each may use all its time (measured, 1.11.1).
    assert queue["retry"] > 3 * queue["timeout"]
    assert (queue["bulk"], queue["max_attempts"]) == (1, 1)
    assert (queue["ack_failures"], queue["catch_up"]) == (True, False)


def test_sqlite_begins_transactions_with_the_right_to_write():
    assert SQLITE["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in SQLITE["OPTIONS"]["init_command"]


def test_a_limit_in_usd_needs_the_price_of_each_service(settings):
    settings.PROVIDERS = {"dashscope": {}, "relay": {}, "sandbox": {}}
    settings.PRICES = {"dashscope": {"t2v:480P": Decimal("0.10")}}
    settings.WANSTUDIO_DAILY_USD = Decimal(5)
    assert found() == {"generations.E005"}
    settings.PRICES = {**settings.PRICES, "relay": {"t2v:480P": Decimal("0.10")}}
    assert found() == set()


def test_no_service_at_all_is_a_warning(settings):
    settings.PROVIDERS = {}
    assert found() == {"generations.W001"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://gateway.example.com", {"generations.W002"}),
        ("http://127.0.0.1:9000", set()),
        ("https://gateway.example.com", set()),
    ],
)
def test_a_key_in_the_clear_is_a_warning(settings, address, expected):
    settings.PROVIDERS = {"relay": {"OPTIONS": {"base_url": address}}}
    assert found() == expected


def test_hosts_beyond_this_machine_without_tls_are_a_warning(settings):
    settings.WANSTUDIO_BEYOND_LOOPBACK = True
    assert found() == {"generations.W003"}
    settings.HTTPS = True
    settings.WANSTUDIO_PROXIES = 1
    assert found() == set()


def test_a_server_in_front_that_is_not_counted_is_a_warning(settings):
    settings.HTTPS = True
    assert found() == {"generations.W007"}
    settings.WANSTUDIO_PROXIES = 1
    assert found() == set()


def test_sendfile_with_a_bucket_is_a_warning(settings):
    settings.S3_BUCKET = "videos"
    settings.WANSTUDIO_SENDFILE = "nginx"
    assert found() == {"generations.W004"}


def test_files_that_cannot_be_saved_are_an_error(settings, tmp_path):
    file = tmp_path / "file"
    file.touch()
    settings.MEDIA_ROOT = file / "media"
    assert found() == {"generations.E006"}


def test_with_a_bucket_the_folder_of_unfinished_files_is_checked_too(settings, tmp_path):
    settings.S3_BUCKET = "videos"
    file = tmp_path / "file"
    file.touch()
    settings.MEDIA_ROOT = file / "media"
    assert found() == {"generations.E006"}
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "parts").symlink_to("/")
    assert found() == {"generations.E010"}


def test_a_folder_still_to_be_made_can_be_written_to(tmp_path):
    assert can_write(tmp_path / "new" / "folder")


def test_links_in_mails_that_the_studio_does_not_answer_to_are_a_warning(settings):
    settings.WANSTUDIO_URL = "https://other.example.com"
    assert found() == set()  # there is no mail
    settings.WANSTUDIO_MAIL = True
    assert found() == {"generations.W010"}
    settings.WANSTUDIO_URL = "http://[::1]:8000"
    assert found() == set()


def test_a_mail_password_without_tls_is_a_warning(settings):
    settings.WANSTUDIO_MAIL = True
    settings.EMAIL_HOST, settings.EMAIL_HOST_PASSWORD = "mail.example.com", "secret"
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    assert found() == {"generations.W011"}
    settings.EMAIL_USE_TLS = True
    assert found() == set()


def test_static_files_that_were_never_collected_are_a_warning(settings, tmp_path):
    hashed = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": hashed}
    settings.STATIC_ROOT = tmp_path
    assert found() == {"generations.W005"}
    (tmp_path / "staticfiles.json").touch()
    assert found() == set()


PATIENT = "socket_timeout=60&socket_connect_timeout=60"
HELLO = b"%1\r\n+proto\r\n:3\r\n"


class Answers(socketserver.StreamRequestHandler):
    """Enough of Redis's protocol to say what kind of server it is."""

    def handle(self):
        while line := self.rfile.readline():
            words = []
            for _ in range(int(line[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2].upper())
            info = f"redis_mode:{self.server.mode}\r\n".encode()
            answers = {b"INFO": b"$%d\r\n%s\r\n" % (len(info), info), b"HELLO": HELLO}
            self.wfile.write(answers.get(words[0], b"+OK\r\n"))


@contextlib.contextmanager
def redis(mode):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answers) as server:
        server.mode, server.daemon_threads = mode, True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"redis://127.0.0.1:{server.server_address[1]}/0?{PATIENT}"
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("cluster", {"generations.E008"}),
        ("sentinel", {"generations.E008"}),
        ("standalone", set()),
    ],
)
def test_a_redis_of_several_servers_is_an_error(settings, mode, expected):
    with redis(mode) as settings.REDIS_URL:
        assert found() == expected


def test_a_redis_that_does_not_answer_is_no_mistake_of_the_settings(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    assert found() == set()


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="there is no redis-server here")
def test_a_real_cluster_says_that_it_is_one(tmp_path):
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(
        [*command, "--cluster-enabled", "yes", "--cluster-port", str(free_port())],
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    try:
        for _ in range(1200):
            if mode := redis_mode(f"redis://127.0.0.1:{port}/0"):
                break
            time.sleep(0.1)
        assert mode == "cluster"
    finally:
        server.terminate()
        server.wait(60)


def test_variables_that_do_nothing_are_warnings(settings):
    settings.WANSTUDIO_UNKNOWN_VARIABLES = {"DASHSCOPE_APIKEY": "DASHSCOPE_APIKEY is none."}
    assert found() == {"generations.W008"}
    settings.WANSTUDIO_RETIRED_VARIABLES = {"WANSTUDIO_OLD": "it happens by itself"}
    assert found() == {"generations.W008", "generations.W009"}


def test_open_accounts_and_an_open_purse_are_warned_of(settings):
    settings.PROVIDERS = {"vtrix": {"BACKEND": "x", "OPTIONS": {"base_url": "https://v.example"}}}
    settings.PRICES = {"vtrix": {"t2v:480P": Decimal("0.10")}}
    settings.WANSTUDIO_SIGNUP = "open"
    # Who reached a limit per person makes another account.
    settings.WANSTUDIO_DAILY_VIDEOS, settings.WANSTUDIO_DAILY_USD = 5, Decimal(1)
    assert "generations.W006" in found()
    settings.WANSTUDIO_SITE_DAILY_USD = Decimal(50)
    assert "generations.W006" not in found()
