"""The project's settings with what makes tests quick; nothing about rules or walls changes."""

import tempfile

from clinic_crm.settings import *  # noqa: F403

SENDING_MARK_DIR = tempfile.gettempdir() + "/clinic-crm-tests-sending"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
HOOKS_RATE_PER_MINUTE = 1_000_000
API_RATE_PER_MINUTE = 1_000_000  # the walls try every route in one minute
