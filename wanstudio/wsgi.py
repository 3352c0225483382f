"""The WSGI application: `gunicorn wanstudio.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from wanstudio.env import exit_if_misconfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wanstudio.settings")

# With exit code 3, gunicorn stops. With any other code it would restart its worker for ever.
UNDER_GUNICORN = os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn")

with exit_if_misconfigured(code=3 if UNDER_GUNICORN else 1):
    application = get_wsgi_application()
