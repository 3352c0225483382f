"""The WSGI application: `gunicorn wanstudio.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from wanstudio.env import exit_if_misconfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wanstudio.settings")

# With 3 gunicorn stops; with any other code it would start its worker again, for ever.
UNDER_GUNICORN = os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn")

with exit_if_misconfigured(code=3 if UNDER_GUNICORN else 1):
    application = get_wsgi_application()
