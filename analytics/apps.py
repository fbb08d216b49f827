from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from analytics import foresight, list_filters  # models are loaded only now
        from campaigns.foresight import register_lift

        list_filters.register()
        register_lift(foresight.detectable)
