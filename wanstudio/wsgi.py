"""The WSGI application: `gunicorn wanstudio.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wanstudio.settings")

application = get_wsgi_application()
