from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from loyalty import (  # models are loaded only now
            customer_pages,
            designer_links,
            import_points,
            newer_rules,
            segment_attributes,
        )
        from loyalty.services import merging

        segment_attributes.register_attributes()
        segment_attributes.register_ending_points()
        segment_attributes.register_events()
        customer_pages.register()
        designer_links.register()
        import_points.register()
        newer_rules.register_rules()
        merging.register()
