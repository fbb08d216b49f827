"""Celery doors of this app."""

from customers.import_tasks import run_import, sweep_imports
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
    "sweep_clinic_webhooks",
    "sweep_imports",
    "sweep_webhooks",
]
