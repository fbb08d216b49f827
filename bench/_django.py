"""Imported first by every benchmark that uses the project: settings loaded, requests not logged."""

import os

import django
from django.apps import apps

if not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_crm.settings")
    os.environ["LOG_LEVEL"] = "WARNING"  # a line a request would be timed with the request
    django.setup()
