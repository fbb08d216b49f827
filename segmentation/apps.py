from django.apps import AppConfig


class SegmentationConfig(AppConfig):
    name = "segmentation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from segmentation import (  # models are loaded only now
            customer_pages,
            list_conditions,
            newer_rules,
            own_fields,
            standard_attributes,
            standard_events,
        )

        standard_attributes.register_score_attributes()
        standard_attributes.register_customer_attributes()
        standard_attributes.register_group_attributes()
        standard_events.register_standard_events()
        own_fields.register_own_fields()
        customer_pages.register()
        list_conditions.register()
        newer_rules.register_rules()
