"""Celery doors of this app."""

from customers.import_tasks import run_import, sweep_imports

__all__ = ["run_import", "sweep_imports"]
