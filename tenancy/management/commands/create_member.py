import secrets
from typing import Any

from django.core.management.base import CommandParser

from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic, User
from tenancy.services.clinics import create_member


class Command(ClinicCommand):
    help = "Give a person a role in a clinic; a new person's password is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--email", required=True)
        parser.add_argument("--role", required=True, help="owner, manager, staff or analyst")
        parser.add_argument("--name", default="")
        parser.add_argument("--password", help="a random one is made when left out")

    def work(self, clinic: Clinic, **options: Any) -> None:
        is_new = not User.objects.filter(email=options["email"].strip().lower()).exists()
        password = options["password"] or secrets.token_urlsafe(12)
        member = create_member(
            email=options["email"], role=options["role"], name=options["name"], password=password
        )
        self.stdout.write(f"{member.user.email} is now {member.role} of {clinic.slug}.")
        if is_new and not options["password"]:
            self.stdout.write(f"Password, shown once: {password}")
