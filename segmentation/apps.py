from django.apps import AppConfig


class SegmentationConfig(AppConfig):
    name = "segmentation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from segmentation import (
            customer_pages,
            own_fields,
            standard_attributes,
        )  # models are loaded

        standard_attributes.register_score_attributes()
        standard_attributes.register_customer_attributes()
        own_fields.register_own_fields()
        customer_pages.register()
