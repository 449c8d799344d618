"""Settings by purpose, read from the environment. docs/running.md lists every variable."""

from pathlib import Path
from typing import Any

from marketplace import env, logs
from marketplace.processes.home import broker_url, database_settings, django_secret
from marketplace.tenants import single_sign_on

# --- where things are ---------------------------------------------------------------------------
BASE_DIR = Path(__file__).resolve().parent.parent
MARKETPLACE_HOME = env.folder("MARKETPLACE_HOME", BASE_DIR / ".local")
PORT = env.number("PORT", 8000, high=65535)
EDGE_PORT = env.number("EDGE_PORT", 8001, high=65535)
GATEWAY_PORT = env.number("GATEWAY_PORT", 8002, high=65535)
PUBLIC_URL = env.text("PUBLIC_URL", f"http://localhost:{PORT}")
EDGE_URL = env.text("EDGE_URL", f"http://localhost:{EDGE_PORT}")
GATEWAY_URL = env.text("GATEWAY_URL", f"http://localhost:{GATEWAY_PORT}")
BRAND = env.text("BRAND", "Concourse")
DEMO = env.flag("DEMO", True)

# --- Django -------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", False)
SECRET_KEY = django_secret(MARKETPLACE_HOME)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
SITE_ID = 1

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "django_htmx",
    "lucide",
    "rest_framework",
    "drf_spectacular",
    "marketplace.tenants",
    "marketplace.audit",
    "marketplace.policy",
    "marketplace.events",
    "marketplace.rest",
    "marketplace.ui",
    "catalog",
    "billing",
    "keys",
    "marketplace.processes",
    "marketplace.demo",
]

MIDDLEWARE = [
    "marketplace.rest.requests.RequestIds",
    "marketplace.ui.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "marketplace.tenants.middleware.NobodyYet",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "marketplace.tenants.middleware.CurrentTenant",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "marketplace.pages.ProblemPages",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.ui.navigation.navigation",
                "marketplace.demo.context.demo_accounts",
            ],
            "builtins": [],
        },
    }
]

# --- data ---------------------------------------------------------------------------------------
DATABASES = {"default": database_settings(MARKETPLACE_HOME)}

# --- static files -------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.folder("STATIC_ROOT", MARKETPLACE_HOME / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31_536_000

# --- sign-in ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.text("EMAIL_VERIFICATION", "optional")
ACCOUNT_ADAPTER = "marketplace.tenants.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "marketplace.tenants.adapters.SocialAccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = BRAND
SIGNUP_OPEN = env.flag("SIGNUP_OPEN", False)
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS = single_sign_on.providers()
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SIGN_IN_ORIGINS = single_sign_on.origins()
SIGN_IN_TENANT = env.text("SIGN_IN_TENANT")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- safety -------------------------------------------------------------------------------------
HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # several processes, one truth
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY", False) else None
)
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 52_500_000  # a document of 50 MB and its form
FILE_UPLOAD_MAX_MEMORY_SIZE = 5_000_000

# --- REST ---------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "marketplace.rest.authentication.BearerToken",
        "marketplace.rest.authentication.Session",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["marketplace.rest.permissions.SignedIn"],
    "DEFAULT_PARSER_CLASSES": ["marketplace.rest.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["marketplace.rest.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "marketplace.rest.pages.CursorPage",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "marketplace.rest.problems.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "marketplace.rest.schema.Schema",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{BRAND} API",
    "DESCRIPTION": "Publish APIs, search operations, request keys, meter and charge use.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": PUBLIC_URL}],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

# --- work in the background ---------------------------------------------------------------------
CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = broker_url(MARKETPLACE_HOME)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "deliver-outbox": {
        "task": "marketplace.events.tasks.deliver_outbox",
        "schedule": 2.0,
        "options": {"expires": 2.0},
    },
    "send-webhooks": {
        "task": "marketplace.events.tasks.send_webhooks",
        "schedule": 2.0,
        "options": {"expires": 2.0},
    },
    "roll-up-usage": {
        "task": "billing.tasks.roll_up_usage",
        "schedule": 2.0,
        "options": {"expires": 2.0},
    },
}

# --- tenants billed by Stripe -------------------------------------------------------------------
STRIPE_API_KEY = env.text("STRIPE_API_KEY")
STRIPE_WEBHOOK_SECRETS = env.words("STRIPE_WEBHOOK_SECRET")
STRIPE_API_BASE = env.text("STRIPE_API_BASE", "https://api.stripe.com")
if STRIPE_API_KEY:
    CELERY_BEAT_SCHEDULE["send-to-stripe"] = {
        "task": "billing.tasks.send_to_stripe",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    }
    CELERY_BEAT_SCHEDULE["count-for-stripe"] = {
        "task": "billing.tasks.count_for_stripe",
        "schedule": 3600.0,
        "options": {"expires": 3600.0},
    }

# --- mail ---------------------------------------------------------------------------------------
EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if env.text("EMAIL_HOST")
    else "django.core.mail.backends.filebased.EmailBackend",
)
EMAIL_FILE_PATH = MARKETPLACE_HOME / "mail"
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25, high=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"{BRAND} <marketplace@localhost>")

# --- logs ---------------------------------------------------------------------------------------
LOGGING_CONFIG = None
logs.configure(env.text("LOG_LEVEL", "INFO"))
