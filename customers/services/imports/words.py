"""What an import did, in one line, for the page and the command alike."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import ImportFile
from customers.services.imports.refusing import in_words

NORMALISED = {
    "dates": lambda n: ngettext("%(n)s date", "%(n)s dates", n) % {"n": n},
    "amounts": lambda n: ngettext("%(n)s amount", "%(n)s amounts", n) % {"n": n},
    "phones": lambda n: ngettext("%(n)s phone", "%(n)s phones", n) % {"n": n},
    "texts": lambda n: ngettext("%(n)s other text", "%(n)s other texts", n) % {"n": n},
}


def summary(import_file: ImportFile) -> str:
    """«419 customers: 400 created, 10 updated, 9 unchanged. 3 of 422 rows refused.»

    The same figures for a dry run, in the words for what would be.
    """
    is_checked = import_file.state == ImportFile.State.CHECKED
    counts = {
        "created": import_file.n_created,
        "updated": import_file.n_updated,
        "unchanged": import_file.n_unchanged,
        "refused": import_file.n_refused,
        "n_rows": import_file.n_rows,
        "n": import_file.n_created + import_file.n_updated + import_file.n_unchanged,
    }
    if import_file.kind == ImportFile.Kind.CUSTOMERS:
        text = (
            _(
                "%(n)s customers: %(created)s to create, %(updated)s to update, %(unchanged)s to "
                "leave as they are. %(refused)s of %(n_rows)s rows refused."
            )
            if is_checked
            else _(
                "%(n)s customers: %(created)s created, %(updated)s updated, %(unchanged)s "
                "unchanged. %(refused)s of %(n_rows)s rows refused."
            )
        )
    else:
        text = (
            _(
                "%(n)s sales: %(created)s to create, %(updated)s to update, %(unchanged)s to leave "
                "as they are. %(refused)s of %(n_rows)s rows refused."
            )
            if is_checked
            else _(
                "%(n)s sales: %(created)s created, %(updated)s updated, %(unchanged)s unchanged. "
                "%(refused)s of %(n_rows)s rows refused."
            )
        )
    return text % counts


def normalised(report: dict[str, Any]) -> str:
    """«13 dates, 4 amounts», or "" when everything was written as we keep it."""
    counts = report.get("normalised", {})
    return ", ".join(say(counts[name]) for name, say in NORMALISED.items() if counts.get(name))


def failure(report: dict[str, Any]) -> str:
    """Why the file as a whole was refused."""
    return " ".join(in_words(code, params) for code, params in report.get("failed", []))
