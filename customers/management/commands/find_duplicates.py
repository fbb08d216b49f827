import csv
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from customers.models import Identity
from customers.services.duplicates import merge_certain, rules_of_clinic, search_all
from customers.services.duplicates.loading import OWN_ID_SOURCES
from customers.services.duplicates.pairs import FoundPair
from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic

COLUMNS = ("external_id_a", "external_id_b", "score", "decision", "reasons")


class Command(ClinicCommand):
    help = "Compare all customers of a clinic, keep the pairs for its queue, write them to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--out", type=Path, metavar="FILE.csv", help="write the pairs there")
        parser.add_argument(
            "--merge-certain",
            action="store_true",
            help="merge the certain ones, even where the clinic has not turned that on",
        )

    def work(self, clinic: Clinic, **options: Any) -> None:
        now = timezone.now()
        searched = search_all(at=now)
        if path := options["out"]:
            try:
                self._write(path, searched.pairs)
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror}.") from None
        n_certain = sum(pair.decision == "merge" for pair in searched.pairs)
        n_merged = 0
        if options["merge_certain"] or rules_of_clinic().merges_by_itself:
            n_merged = merge_certain(at=now)
        self.stdout.write(
            f"{searched.n_customers} customers compared: {n_certain} certain pairs,"
            f" {len(searched.pairs) - n_certain} to be looked at, {searched.n_new} of them new;"
            f" {n_merged} merged."
        )

    def _write(self, path: Path, pairs: list[FoundPair]) -> None:
        names = _external_ids()
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for pair in sorted(pairs, key=lambda pair: (-pair.score, pair.first_id)):
                writer.writerow(
                    [
                        names.get(pair.first_id, f"#{pair.first_id}"),
                        names.get(pair.second_id, f"#{pair.second_id}"),
                        f"{pair.score:.4f}",
                        pair.decision,
                        " ".join(pair.reasons),
                    ]
                )


def _external_ids() -> dict[int, str]:
    """The id under which the first system knew each customer; cards and WeChat ids are none."""
    rows = Identity.objects.exclude(source__in=OWN_ID_SOURCES).order_by("-pk")
    return dict(rows.values_list("customer_id", "external_id"))
