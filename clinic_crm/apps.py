from django.apps import AppConfig


class ClinicCrmConfig(AppConfig):
    """The project itself: no models."""

    name = "clinic_crm"

    def ready(self) -> None:
        # The first makes itself the current Celery application, the second registers its checks.
        from clinic_crm import celery, checks  # noqa: F401
