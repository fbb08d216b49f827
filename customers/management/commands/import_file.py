import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from customers.files.fields import KINDS
from customers.files.limits import MB
from customers.files.mapping import UNKNOWN_CUSTOMERS
from customers.models import ImportFile
from customers.services import imports
from customers.services.imports import words
from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic


class Command(ClinicCommand):
    help = "Import a file into a clinic; bad rows never stop the good ones."
    is_atomic = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV, TSV, XLSX, also gzipped")
        parser.add_argument("--kind", required=True, choices=list(KINDS))
        parser.add_argument("--mapping", type=Path, metavar="FILE.json", help="default: guessed")
        parser.add_argument("--source", default="file", metavar="NAME", help="whose ids these are")
        parser.add_argument(
            "--unknown-customers",
            choices=UNKNOWN_CUSTOMERS,
            help="what a sale of an unknown customer does; default: auto",
        )
        parser.add_argument("--dry-run", action="store_true", help="try everything, keep nothing")
        parser.add_argument(
            "--errors", type=Path, metavar="FILE.csv", help="where to write the refused rows"
        )

    def work(self, clinic: Clinic, **options: Any) -> None:
        with transaction.atomic():
            stored = imports.store_upload(
                content=_pieces(options["file"]),
                name=options["file"].name,
                kind=options["kind"],
                source=options["source"],
                mapping=_mapping(options),
            )
            ask = imports.ask_for_check if options["dry_run"] else imports.ask_for_import
            ask(import_file=stored, by=None, in_background=False)
        imports.work(import_id=stored.pk, at=timezone.now(), on_progress=self._tell_progress)
        with transaction.atomic():
            done = ImportFile.objects.get(pk=stored.pk)
            if done.state == ImportFile.State.FAILED:
                raise CommandError(words.failure(done.report))
            self._report(done)
            if options["errors"]:
                self._write_errors(done, options["errors"])
            if options["dry_run"]:
                imports.discard(import_file=done)

    def _tell_progress(self, n_done: int, n_total: int) -> None:
        end = "\n" if n_done >= n_total else ""
        start = "\r" if sys.stderr.isatty() else ""
        self.stderr.write(f"{start}{n_done:,} of {n_total:,} rows", ending=end or " ")
        self.stderr.flush()

    def _report(self, done: ImportFile) -> None:
        lines = [words.summary(done)]
        if made := done.report.get("n_customers_created"):
            lines.append(f"{made} customers made from the sales.")
        if normalised := words.normalised(done.report):
            lines.append(f"Normalised: {normalised}.")
        self.stdout.write(" ".join(lines))

    def _write_errors(self, done: ImportFile, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            n_rows = imports.write_error_file(done, file)
        self.stderr.write(f"{n_rows} refused rows written to {path}")


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from iter(lambda: file.read(MB), b"")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from None


def _mapping(options: dict[str, Any]) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    if path := options["mapping"]:
        try:
            with path.open(encoding="utf-8-sig") as file:
                mapping = json.load(file)
        except (OSError, ValueError, RecursionError) as error:
            raise CommandError(f"{path} is no JSON file: {error}") from None
        if not isinstance(mapping, dict) or not isinstance(mapping.get("options", {}), dict):
            raise CommandError(f"{path}: expected an object with «columns» and «options».")
    if chosen := options["unknown_customers"]:
        mapping["options"] = {**mapping.get("options", {}), "unknown_customers": chosen}
    return mapping
