from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from customers import checks  # noqa: F401 registers itself
        from customers.columns import register_own_columns  # models are loaded only now
        from customers.panels import ProfilePart, register_part

        register_own_columns()
        register_part(
            ProfilePart(
                "spend",
                lambda profile: {"spend": profile.spend},
                {"now": "customers/_spend_card.html"},
                order=20,
            )
        )
        register_part(
            ProfilePart(
                "due",
                lambda profile: {"next": profile.due[0]} if profile.due else None,
                {"badge": "customers/_due_badge.html"},
                order=60,
            )
        )
