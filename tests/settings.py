"""The product's settings, but static files come straight from where they were written.

Nothing has to be collected before a test, and nothing that was collected here counts.
"""

from wanstudio.settings import *  # noqa: F403
from wanstudio.settings import STORAGES

STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
WHITENOISE_USE_FINDERS = True
