from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from campaigns import erasing, newer_rules, segment_attributes  # models are loaded only now
        from customers.erasure_steps import register_erasure_step

        segment_attributes.register_attributes()
        newer_rules.register_rules()
        register_erasure_step(erasing.leave_out)
