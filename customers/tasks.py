"""Celery doors of this app."""

from customers.import_tasks import run_import, sweep_imports
from customers.package_tasks import settle_packages, sweep_packages
from customers.webhook_tasks import (
    process_source,
    send_deliveries,
    sweep_clinic_webhooks,
    sweep_webhooks,
)

__all__ = [
    "process_source",
    "run_import",
    "send_deliveries",
    "settle_packages",
    "sweep_clinic_webhooks",
    "sweep_imports",
    "sweep_packages",
    "sweep_webhooks",
]
