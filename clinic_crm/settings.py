"""All settings come from the environment; each is documented in docs/operations.md.

A bad value stops the start and is named.
"""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from clinic_crm.demo.logins import LOGINS

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def _read(name: str, cast, default=environ.Env.NOTSET):
    """One variable of the environment; a value that cannot be read is refused by name."""
    try:
        return getattr(env, cast)(name, default=default)
    except ImproperlyConfigured:
        raise ImproperlyConfigured(
            f"{name} is not set. docs/operations.md lists every setting; ./dev sets them for you."
        ) from None
    except (ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"{name} has a value that is no {cast}: {error}") from None


def _read_flag(name: str, default: bool) -> bool:
    text = _read(name, "str", "1" if default else "0").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name}={text!r} is neither 0 nor 1.")


def _read_database(name: str, default=environ.Env.NOTSET) -> dict:
    config = _read(name, "db_url", default)
    if "postgresql" not in config.get("ENGINE", ""):
        raise ImproperlyConfigured(f"{name} must be a postgres:// address.")
    return config | {"ENGINE": "tenancy.postgres", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


DEBUG = _read_flag("DEBUG", False)
DEMO = _read_flag("DEMO", False)
DEMO_LOGINS = LOGINS if DEMO else ()  # offered on the demo's sign-in page
SECRET_KEY = _read("SECRET_KEY", "str")
SECRET_KEY_FALLBACKS = _read("SECRET_KEY_FALLBACKS", "list", [])  # still open sessions and links
HEALTH_KEYS = _read("HEALTH_KEYS", "list")  # the first seals, all open; see tenancy/sealing.py
if not HEALTH_KEYS or min(map(len, HEALTH_KEYS)) < 32:
    raise ImproperlyConfigured("HEALTH_KEYS: each key is a random word of 32 characters or more.")
TOMBSTONE_KEYS = _read(
    "TOMBSTONE_KEYS", "list"
)  # who was erased is known by these; the first marks
if not TOMBSTONE_KEYS or len(TOMBSTONE_KEYS[0]) < 32:
    raise ImproperlyConfigured(
        "TOMBSTONE_KEYS: the first is a random word of 32 characters or more."
    )
ALLOWED_HOSTS = _read("ALLOWED_HOSTS", "list", ["127.0.0.1", "localhost", "[::1]"])
PUBLIC_URL = _read("PUBLIC_URL", "str", "http://127.0.0.1:8000").rstrip("/")
if not PUBLIC_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured(f"PUBLIC_URL={PUBLIC_URL!r} must start with http:// or https://.")
CSRF_TRUSTED_ORIGINS = _read("CSRF_TRUSTED_ORIGINS", "list", [PUBLIC_URL])

DATABASES = {
    # What web and workers use: a role that owns nothing and cannot pass row security.
    "default": _read_database("DATABASE_URL"),
}
if env.str("DATABASE_OWNER_URL", default=""):
    # Only for migrations and for building the walls.
    DATABASES["owner"] = _read_database("DATABASE_OWNER_URL") | {"CONN_MAX_AGE": 0}
REDIS_URL = _read("REDIS_URL", "str")

INSTALLED_APPS = [
    "clinic_crm.apps.ClinicCrmConfig",
    "analytics.apps.AnalyticsConfig",
    "campaigns.apps.CampaignsConfig",
    "care.apps.CareConfig",
    "loyalty.apps.LoyaltyConfig",
    "segmentation.apps.SegmentationConfig",
    "customers.apps.CustomersConfig",
    "tenancy.apps.TenancyConfig",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_cotton",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "anymail",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic_crm.request_log.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenancy.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenancy.middleware.ClinicMiddleware",
]

ROOT_URLCONF = "clinic_crm.urls"
WSGI_APPLICATION = "clinic_crm.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EVENT_ROUTES = "clinic_crm.event_routes.EVENT_ROUTES"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "clinic_crm.context.shell",
            ],
        },
    },
]
COTTON_DIR = "components"

# People
AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "tenancy.sign_in.ClosedAccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "clinic_crm"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600

# Languages
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("简体中文"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [path for path in [BASE_DIR / "frontend" / "dist"] if path.exists()]
MEDIA_ROOT = Path(_read("MEDIA_ROOT", "str", str(BASE_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MAX_UPLOAD_BYTES = _read("MAX_UPLOAD_BYTES", "int", 100 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

# Mail
_email = _read("EMAIL_URL", "email_url", "smtp://127.0.0.1:1025")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email.get("EMAIL_HOST") or "127.0.0.1"
EMAIL_PORT = _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(_email.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(_email.get("EMAIL_USE_SSL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = _read("DEFAULT_FROM_EMAIL", "str", "clinic_crm <no-reply@clinic-crm.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAILBOX_DIR = _read("MAILBOX_DIR", "str", "")
# Where providers of messages are spoken to instead of their own addresses: kind=url,kind=url.
PROVIDER_ENDPOINTS = _read("PROVIDER_ENDPOINTS", "dict", {})
# Where it is told how far sending has come, outside the database; never restored from a backup.
SENDING_MARK_DIR = Path(_read("SENDING_MARK_DIR", "str", str(MEDIA_ROOT / "sending")))
PROVIDER_TIMEOUT_SECONDS = _read("PROVIDER_TIMEOUT_SECONDS", "int", 15)  # of one call
SENDING_RETRY_SECONDS = _read("SENDING_RETRY_SECONDS", "float", 60.0)  # doubled with each try
SENDING_STALE_SECONDS = _read("SENDING_STALE_SECONDS", "int", 600)  # then a claim is a dead one's

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenancy.api_keys.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tenancy.api_keys.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["tenancy.strict_json.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "clinic_crm.api_schema.ApiSchema",
    "DEFAULT_THROTTLE_CLASSES": ["tenancy.rate_limits.KeyThrottle"],
    "EXCEPTION_HANDLER": "clinic_crm.api_errors.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": None,
}
DRF_STANDARDIZED_ERRORS = {"EXCEPTION_FORMATTER_CLASS": "clinic_crm.problems.ProblemFormatter"}
API_RATE_PER_MINUTE = _read("API_RATE_PER_MINUTE", "int", 600)  # requests of one key
HOOKS_RATE_PER_MINUTE = _read("HOOKS_RATE_PER_MINUTE", "int", 1200)  # events of one source
# Members may sign in with WeChat where an official account's credentials are given.
WECHAT_APP_ID = _read("WECHAT_APP_ID", "str", "")
WECHAT_APP_SECRET = _read("WECHAT_APP_SECRET", "str", "")
WECHAT_API_URL = _read("WECHAT_API_URL", "str", "https://api.weixin.qq.com").rstrip("/")
# Webhooks go to public https addresses only; 1 also lets them go to private ones, for a demo.
WEBHOOKS_TO_PRIVATE = _read_flag("WEBHOOKS_TO_PRIVATE", False)
SPECTACULAR_SETTINGS = {
    "TITLE": "clinic_crm API",
    "DESCRIPTION": "Booking systems push customers, appointments and sales, and read points.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {
        "RecordKind": "customers.models.feed.FeedMark.Kind",
        "SaleKind": "customers.models.trade.Sale.Kind",
        "InteractionKind": "customers.models.interactions.Interaction.Kind",
        "InteractionChannel": "customers.models.interactions.Interaction.Channel",
        "ConsentPurpose": "customers.models.people.Consent.Purpose",
        "CampaignPurpose": "campaigns.models.plans.Campaign.Purpose",
        "CampaignState": "campaigns.models.plans.Campaign.State",
        "CampaignSchedule": "campaigns.models.plans.Campaign.Schedule",
        "TemplateKind": "campaigns.models.templates.Template.Kind",
        "TemplateChannel": "campaigns.models.templates.Template.Channel",
        "ConsentChannel": "customers.models.people.Consent.Channel",
        "ReceiptState": "customers.serializers_out.TAKEN",
        "ItemState": "customers.serializers_out.SETTLED",
        "PointsKind": "loyalty.models.ledger.LedgerEntry.Kind",
        "HoldState": "loyalty.models.holds.Hold.State",
        "RedemptionState": "loyalty.models.rewards.Redemption.State",
        "CouponUseState": "loyalty.models.coupons.CouponUse.State",
    },
}

# Work in the background
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}

# Safety
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
_https = PUBLIC_URL.startswith("https://")
SECURE_SSL_REDIRECT = _https and _read_flag("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "clinic_crm.request_log.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": _read("LOG_LEVEL", "str", "INFO").upper()},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # They write down whole addresses, and some providers want a token in theirs.
        "httpx": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
    },
}
