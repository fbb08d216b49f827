from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from clinic_crm.webhook_docs import with_generated_parts


class Command(BaseCommand):
    help = "Write the generated parts of docs/webhooks.md anew."

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "webhooks.md"
        path.write_text(with_generated_parts(path.read_text("utf-8")), "utf-8")
        self.stdout.write(f"{path.name} is up to date.")
