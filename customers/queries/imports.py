"""Reads for the pages of imports."""

from django.db.models import QuerySet

from customers.models import ImportFile, ImportProblem

N_PROBLEMS_SHOWN = 30


def import_list_page() -> QuerySet[ImportFile]:
    """Imports, newest first, with who asked for them."""
    return ImportFile.objects.select_related("job__started_by__user").order_by("-pk")


def first_problems(import_file: ImportFile) -> list[ImportProblem]:
    """The first refused rows, one entry a problem."""
    rows = ImportProblem.objects.filter(import_file=import_file).order_by("line", "pk")
    return list(rows[:N_PROBLEMS_SHOWN])
