"""The WSGI application that serves pages and REST."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

application = get_wsgi_application()

# Django imports the views with the first request, which would wait for them: import them now.
resolve("/readyz")
