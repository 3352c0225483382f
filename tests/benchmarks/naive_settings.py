"""The studio with the pages as one would write them first, to measure against."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.naive_urls"
