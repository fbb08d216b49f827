from argparse import ArgumentParser
from types import ModuleType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic_crm.campaign_proof import report as campaigns
from clinic_crm.content_proof import report as content
from clinic_crm.ledger_proof import report as ledger
from clinic_crm.score_proof import report as scores
from clinic_crm.sending_proof import report as sending

# name → module with HELP, add_arguments(parser) and run(say, options) → figures that missed.
PROOFS: dict[str, ModuleType] = {
    "scores": scores, "campaigns": campaigns, "content": content, "sending": sending,
    "ledger": ledger,
}  # fmt: skip


class Command(BaseCommand):
    help = "Compare what the product says with what is known to be true."

    def add_arguments(self, parser: ArgumentParser) -> None:
        proofs = parser.add_subparsers(dest="what", required=True, metavar="what")
        for name, proof in PROOFS.items():
            proof.add_arguments(proofs.add_parser(name, help=proof.HELP))

    def handle(self, *args: Any, **options: Any) -> None:
        missed = PROOFS[options["what"]].run(self.stdout.write, options)
        if missed:
            raise CommandError(f"{missed} of the figures missed their limit.")
