from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from loyalty import customer_pages, segment_attributes  # models are loaded only now
        from loyalty.services import merging

        segment_attributes.register_attributes()
        customer_pages.register()
        merging.register()
