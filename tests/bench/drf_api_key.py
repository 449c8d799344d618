"""The same check in djangorestframework-api-key: a view behind HasAPIKey, under the same server.

`python -m tests.bench.drf_api_key` makes its tables and prints a key; `app` is for WSGI.
"""

import os
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import path

parts = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "rest_framework", "rest_framework_api_key"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path[1:],
            "USER": parts.username,
            "PASSWORD": parts.password or "",
            "HOST": parse_qs(parts.query).get("host", [parts.hostname or ""])[0],
            "PORT": parts.port or "",
            "CONN_MAX_AGE": None,
        }
    },
)
django.setup()

from rest_framework.request import Request  # noqa: E402 - after the settings
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402
from rest_framework_api_key.models import APIKey  # noqa: E402
from rest_framework_api_key.permissions import HasAPIKey  # noqa: E402


class Check(APIView):
    """Allows whoever has a key."""

    permission_classes = [HasAPIKey]

    def get(self, request: Request, rest: str) -> Response:
        """Nothing but the yes."""
        return Response(status=200, headers={"Content-Length": "0"})


urlpatterns = [path("<path:rest>", Check.as_view())]
app = get_wsgi_application()

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    print(APIKey.objects.create_key(name="bench")[1])
