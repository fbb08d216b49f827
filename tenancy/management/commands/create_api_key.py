from typing import Any

from django.core.management.base import CommandParser

from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic
from tenancy.roles import API_SCOPES
from tenancy.services.keys import create_api_key


class Command(ClinicCommand):
    help = "Make an API key for a booking system and print it once."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--scopes", nargs="+", metavar="SCOPE", help=f"default: all of {', '.join(API_SCOPES)}"
        )

    def work(self, clinic: Clinic, **options: Any) -> None:
        scopes = options["scopes"]
        if scopes is not None:
            scopes = [scope for text in scopes for scope in text.split(",") if scope]
        text, _key = create_api_key(name=options["name"], scopes=scopes)
        self.stdout.write(text)
