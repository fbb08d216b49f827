from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from campaigns import (  # models are loaded only now
            erasing,
            member_codes,
            newer_rules,
            profile_part,
            segment_attributes,
            segment_usage,
        )
        from customers.erasure_steps import register_erasure_step

        segment_attributes.register_attributes()
        segment_attributes.register_events()
        segment_usage.register()
        newer_rules.register_rules()
        profile_part.register_messages()
        member_codes.register()
        register_erasure_step(erasing.leave_out)
