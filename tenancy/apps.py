from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class TenancyConfig(AppConfig):
    name = "tenancy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenancy import checks, lookups  # noqa: F401  (they register themselves)
        from tenancy.older_layout import refuse_an_older_layout
        from tenancy.walls import build_after_migrate

        pre_migrate.connect(refuse_an_older_layout, sender=self, dispatch_uid="tenancy.layout")
        post_migrate.connect(build_after_migrate, dispatch_uid="tenancy.walls")
