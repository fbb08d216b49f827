"""Celery doors of this app."""

from customers.duplicate_tasks import (
    look_at_new_duplicates,
    search_duplicates,
    search_duplicates_now,
    start_duplicate_nights,
    sweep_new_duplicates,
)
from customers.import_tasks import run_import, sweep_imports
from customers.list_tasks import (
    measure_quality,
    start_quality_nights,
    sweep_lists,
    work_list_job,
)
from customers.package_tasks import settle_packages, sweep_packages
from customers.webhook_tasks import (
    process_source,
    send_deliveries,
    sweep_clinic_webhooks,
    sweep_webhooks,
)

__all__ = [
    "look_at_new_duplicates",
    "measure_quality",
    "process_source",
    "run_import",
    "search_duplicates",
    "search_duplicates_now",
    "send_deliveries",
    "settle_packages",
    "start_duplicate_nights",
    "start_quality_nights",
    "sweep_clinic_webhooks",
    "sweep_imports",
    "sweep_lists",
    "sweep_new_duplicates",
    "sweep_packages",
    "sweep_webhooks",
    "work_list_job",
]
