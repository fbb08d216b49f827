from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "care"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from care import newer_rules, segment_events, segment_usage
        from care.erasing import drop_open_calls
        from care.profile_part import (  # models are loaded only now
            calls_on_profile,
            register_plan_action,
        )
        from customers.erasure_steps import register_erasure_step
        from customers.panels import ProfilePart, register_part

        newer_rules.register_rules()
        segment_events.register_events()
        segment_usage.register()
        register_part(
            ProfilePart(
                "care",
                calls_on_profile,
                {"now": "care/_profile_calls.html"},
                order=10,
                capability="tasks.work",
            )
        )
        register_plan_action()
        register_erasure_step(drop_open_calls)
