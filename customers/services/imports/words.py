"""What an import did, in one line, for the page and the command alike."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from customers.files.reasons import AMOUNT_REASONS, DATE_REASONS, PHONE_REASONS
from customers.models import ImportFile
from customers.services.imports.kinds import declared
from customers.services.imports.refusing import in_words

OTHER_REASON = _("another reason")
SHORT = {
    "customer_missing": _("no customer in the row"),
    "unknown_customer": _("customer unknown"),
    "sale_refused": _("another row of the sale is wrong"),
    "several_customers": _("one invoice, several customers"),
    "invoice_missing": _("no invoice number"),
    "amount_missing": _("no amount"),
    "amounts_disagree": _("amounts do not add up"),
    "name_missing": _("no name"),
    "identity_missing": _("nothing to know the customer by"),
    "duplicate_id": _("customer stands in the file twice"),
    "row_too_many_cells": _("too many values in the row"),
    "row_too_few_cells": _("too few values in the row"),
    "row_unclosed_quote": _("quotation mark not closed"),
    **dict.fromkeys(DATE_REASONS, _("date not readable")),
    **dict.fromkeys(AMOUNT_REASONS, _("amount not readable")),
    **dict.fromkeys(PHONE_REASONS, _("phone not readable")),
    "email_invalid": _("e-mail not readable"),
    "gender_unknown": _("gender not known"),
    "integer_invalid": _("number not readable"),
    "formula": _("formula instead of a value"),
    "unknown_customer_here": _("customer unknown"),
    "row_without_customer": _("no customer in the row"),
    "duplicate_row": _("record stands in the file twice"),
    "word_unknown": _("answer not known"),
    "unknown_treatment": _("treatment unknown"),
    "ends_before_start": _("ends before it starts"),
    "phone_shared": _("phone of several customers"),
    "out_of_range": _("number out of range"),
    "number_out_of_range": _("number out of range"),
}
NORMALISED = {
    "dates": lambda n: ngettext("%(n)s date", "%(n)s dates", n) % {"n": f"{n:,}"},
    "amounts": lambda n: ngettext("%(n)s amount", "%(n)s amounts", n) % {"n": f"{n:,}"},
    "phones": lambda n: ngettext("%(n)s phone", "%(n)s phones", n) % {"n": f"{n:,}"},
}


def summary(import_file: ImportFile) -> str:
    """«Customers: 400 created, 10 updated, 9 unchanged. 3 of 422 rows refused.»

    The same figures for a dry run, in the words for what would be.
    """
    is_checked = import_file.state == ImportFile.State.CHECKED
    counts = {
        "created": import_file.n_created,
        "updated": import_file.n_updated,
        "unchanged": import_file.n_unchanged,
        "refused": import_file.n_refused,
        "n_rows": import_file.n_rows,
    }
    text = _text(import_file.kind, is_checked)
    return text % {name: f"{count:,}" for name, count in counts.items()}


def _text(kind: str, is_checked: bool) -> str:
    if own := declared(kind):
        return str(own.words.checked if is_checked else own.words.done)
    if kind == ImportFile.Kind.CUSTOMERS:
        return (
            gettext(
                "Customers: %(created)s to create, %(updated)s to update, %(unchanged)s to "
                "leave as they are. %(refused)s of %(n_rows)s rows refused."
            )
            if is_checked
            else gettext(
                "Customers: %(created)s created, %(updated)s updated, %(unchanged)s "
                "unchanged. %(refused)s of %(n_rows)s rows refused."
            )
        )
    return (
        gettext(
            "Sales: %(created)s to create, %(updated)s to update, %(unchanged)s to leave "
            "as they are. %(refused)s of %(n_rows)s rows refused."
        )
        if is_checked
        else gettext(
            "Sales: %(created)s created, %(updated)s updated, %(unchanged)s unchanged. "
            "%(refused)s of %(n_rows)s rows refused."
        )
    )


def to_import(import_file: ImportFile) -> str:
    """What the button that imports says; customers and sales have their own."""
    own = declared(import_file.kind)
    n = import_file.n_taken
    return own.words.to_import(n) % {"n": f"{n:,}"} if own else ""


def normalised(report: dict[str, Any]) -> str:
    """«13 dates, 4 amounts», or "" when everything was written as we keep it."""
    counts = report.get("normalised", {})
    return ", ".join(say(counts[name]) for name, say in NORMALISED.items() if counts.get(name))


def failure(report: dict[str, Any]) -> str:
    """Why the file as a whole was refused."""
    return " ".join(in_words(code, params) for code, params in report.get("failed", []))


def remarks(report: dict[str, Any]) -> list[tuple[int, int, str]]:
    """(rows, first line, what was left out of them and why) of rows that were taken."""
    return [(n, line, message) for n, line, message in report.get("remarks", {}).values()]


def reasons(report: dict[str, Any]) -> list[tuple[int, str]]:
    """(rows, short name of the reason), the commonest first."""
    counts = report.get("reasons", {})
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(n, str(SHORT.get(code, OTHER_REASON))) for code, n in ordered]
