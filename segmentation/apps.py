from django.apps import AppConfig


class SegmentationConfig(AppConfig):
    name = "segmentation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from segmentation import customer_pages, standard_attributes  # models are loaded only now

        standard_attributes.register_score_attributes()
        standard_attributes.register_customer_attributes()
        customer_pages.register()
