from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from customers import checks  # noqa: F401 registers itself
        from customers.columns import register_own_columns  # models are loaded only now
        from customers.newer_rules import register_rules
        from customers.profile_actions import register_own_actions
        from customers.profile_parts import register_own_parts

        register_own_columns()
        register_rules()
        register_own_parts()
        register_own_actions()
