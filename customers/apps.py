from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from customers.panels import ProfilePart, register_part  # models are loaded only now

        register_part(
            ProfilePart(
                "spend",
                lambda profile: {"spend": profile.spend},
                {"now": "customers/_spend_card.html"},
                order=20,
            )
        )
