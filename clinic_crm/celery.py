"""The Celery application, its queues and the beat table."""

import os

from celery import Celery
from celery.signals import setup_logging
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_crm.settings")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads on shared cores are slower than one

app = Celery("clinic_crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.task_queues = [Queue(name) for name in ("default", "send", "import", "score", "webhook")]
app.conf.task_routes = {
    "campaigns.follow_triggers": {"queue": "default"},  # reads whole clinics, and nobody waits
    "campaigns.follow_triggers_clinic": {"queue": "default"},
    "campaigns.*": {"queue": "send"},
    "customers.run_import": {"queue": "import"},
    "customers.search_duplicates": {"queue": "score"},
    "customers.search_duplicates_now": {"queue": "score"},
    "customers.process_source": {"queue": "webhook"},
    "customers.send_deliveries": {"queue": "webhook"},
    "segmentation.*": {"queue": "score"},
}
app.conf.beat_schedule = {
    "score each clinic in its own night": {
        "task": "segmentation.start_nightly_runs",
        "schedule": 300.0,
    },
    "look again at the segments of customers who changed": {
        "task": "segmentation.follow_changes",
        "schedule": 60.0,
    },
    "find sends that a lost nudge left behind": {
        "task": "campaigns.sweep",
        "schedule": 60.0,
    },
    "enrol who has a birthday, is due or slips away": {
        "task": "campaigns.follow_triggers",
        "schedule": 900.0,
    },
    "find sales that earned no points yet": {
        "task": "loyalty.sweep",
        "schedule": 300.0,
    },
    "close each clinic's ledger in its own night": {
        "task": "loyalty.expire_points",
        "schedule": 300.0,
    },
    "measure each clinic's campaigns in its own night": {
        "task": "analytics.start_nights",
        "schedule": 300.0,
    },
    "forget answers of the API that nobody will ask for again": {
        "task": "tenancy.tidy_up",
        "schedule": 6 * 3600.0,
    },
    "find webhooks that a lost nudge left behind": {
        "task": "customers.sweep_webhooks",
        "schedule": 60.0,
    },
    "find attended appointments that took no session of their package": {
        "task": "customers.sweep_packages",
        "schedule": 600.0,
    },
    "look for customers who are there twice, in each clinic's own night": {
        "task": "customers.start_duplicate_nights",
        "schedule": 600.0,
    },
    "compare new customers with those who are known": {
        "task": "customers.sweep_new_duplicates",
        "schedule": 300.0,
    },
    "measure the quality of each clinic's records in its own night": {
        "task": "customers.start_quality_nights",
        "schedule": 600.0,
    },
    "find bulk work that stopped, delete old exports": {
        "task": "customers.sweep_lists",
        "schedule": 300.0,
    },
    "find imports that stopped": {
        "task": "customers.sweep_imports",
        "schedule": 120.0,
    },
}


@setup_logging.connect
def _use_djangos_logging(**_kwargs) -> None:
    """Celery would otherwise install its own handlers."""
    from logging.config import dictConfig

    from django.conf import settings

    dictConfig(settings.LOGGING)
