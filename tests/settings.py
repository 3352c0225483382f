"""The product's settings, but static files come straight from where they were written.

Nothing has to be collected before a test, and nothing that was collected here counts. A password
is hashed quickly: the product's own way takes a third of a second, at each sign-in. Files are
opened in forks where TESTS_FORK_FILES says so: much of what a video costs a worker is the import of
the libraries that open it.
"""

import os

from django.conf.global_settings import PASSWORD_HASHERS

from wanstudio.settings import *  # noqa: F403
from wanstudio.settings import STORAGES

STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
WHITENOISE_USE_FINDERS = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
if "TESTS_FORK_FILES" in os.environ:
    from generations.media import isolated
    from tests.python_process import Forks

    isolated.subprocess = Forks
