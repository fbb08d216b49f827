from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenancy.exceptions import DomainError
from tenancy.services.clinics import create_clinic


class Command(BaseCommand):
    help = "Open a clinic."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--slug", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--timezone", required=True, help="e.g. Asia/Shanghai")
        parser.add_argument("--currency", required=True, help="e.g. CNY")
        parser.add_argument("--language", default="en", choices=["en", "zh-hans"])
        parser.add_argument("--country", default="CN", help="region of phone numbers, e.g. CN")

    def handle(self, *args: Any, **options: Any) -> None:
        fields = ("slug", "name", "timezone", "currency", "language", "country")
        try:
            clinic = create_clinic(**{field: options[field] for field in fields})
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"Opened clinic {clinic.slug} ({clinic.name}).")
