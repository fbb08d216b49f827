from django.apps import AppConfig


class ClinicCrmConfig(AppConfig):
    """The project itself: no models."""

    name = "clinic_crm"

    def ready(self) -> None:
        # Makes itself the current Celery application.
        from clinic_crm import celery  # noqa: F401
