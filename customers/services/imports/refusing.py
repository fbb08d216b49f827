"""Why a row, a sale or a file was not taken: our own reasons beside those of the file reader.

A reason is kept as its code and parameters and worded in the reader's language when it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from customers.files.reasons import REASONS as FILE_REASONS
from customers.files.refusals import FileRefused, MappingRefused, Refusal
from tenancy.exceptions import DomainError

ROW_REASONS = {
    "customer_missing": _(
        "The row names no customer, so the sale belongs to nobody. Fill in the customer."
    ),
    "invoice_missing": _(
        "The row has no invoice number. Fill it in, so that the row finds its sale."
    ),
    "sale_refused": _(
        "Another row of this sale cannot be taken (line %(line)s), and without it the amount "
        "would be wrong. Correct that row and send all rows of the sale again."
    ),
    "several_customers": _(
        "The rows of this invoice name different customers: %(customers)s. "
        "Give every sale an invoice number of its own."
    ),
    "several_refunded_sales": _(
        "The rows of this invoice refund different sales. Give every refund a number of its own."
    ),
    "unknown_customer": _(
        "No customer has the number «%(id)s» from «%(source)s». "
        "Import the customers first, or let the file create those it names."
    ),
    "unknown_customer_here": _(
        "No customer has the number «%(id)s» from «%(source)s». Import the customers first, or "
        "correct the number."
    ),
    "row_without_customer": _(
        "The row names no customer. Fill in the customer number or the phone."
    ),
    "appointment_number_missing": _(
        "The row has no appointment number. Fill it in, so that the appointment is found again."
    ),
    "treatment_code_missing": _(
        "The row has no treatment code. Fill it in, so that the same treatment is found again."
    ),
    "consent_incomplete": _("The row leaves this empty. Fill in the channel and yes or no."),
    "balance_missing": _("The row has no balance. Fill in the points, 0 for none."),
    "tags_missing": _("The row has no tag. Fill one in, or delete the row."),
    "number_out_of_range": _("The number must lie between %(least)s and %(most)s."),
    "duplicate_row": _(
        "The same record stands in line %(line)s already, with other details. Keep one row."
    ),
    "amount_missing": _("The row has no amount. Fill in what was paid or the price a piece."),
    "amounts_disagree": _(
        "Before discount %(gross)s less discount %(discount)s is not %(net)s paid. "
        "Correct one of them."
    ),
    "name_missing": _("The row has no name. Fill it in."),
    "identity_missing": _(
        "The row has neither a customer number nor a phone, e-mail, WeChat id or card number to "
        "know the customer by. Fill in one of them."
    ),
    "duplicate_id": _(
        "This customer stands in line %(line)s already, with other details. "
        "Keep one row for each customer."
    ),
}
FILE_AS_A_WHOLE = {
    "upload_too_large": _(
        "The file is larger than %(limit_mb)s MB. Split it, or compress it with gzip."
    ),
    "import_currency": _(
        "The clinic keeps its books in %(own)s, not in %(said)s. Convert the amounts first."
    ),
    "import_scattered": _(
        "The rows of one invoice lie too far apart in this file to be brought together. "
        "Sort it by invoice number and send it again."
    ),
    "import_gone": _("The uploaded file is no longer kept. Upload it again."),
    "import_running": _("This file is being imported at the moment. Wait until it is done."),
    "import_finished": _("This file has been imported. Upload it again to import it once more."),
    "revert_not_done": _("Only an import that is done can be taken back."),
    "revert_updated": _(
        "It also changed records that stood here before (%(n)s), and what they said before is not "
        "kept with the import. Correct them by hand, or import the former file again."
    ),
    "revert_unknown": _("It is too old: what it made was not noted at that time."),
    "revert_refused": _("It cannot be taken back, because there is something newer:"),
    "revert_newer": _("%(what)s: %(n)s."),
    "import_stuck": _(
        "The import stopped %(n_attempts)s times at the same place and was given up. "
        "What was imported before stays. Tell your operator, then let it go on."
    ),
}
REASONS: Mapping[str, Any] = {**FILE_REASONS, **ROW_REASONS, **FILE_AS_A_WHOLE}


class ImportRefused(DomainError):
    """The file as a whole, or what was asked of it, is refused. One message for every reason."""

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals = refusals
        message = " ".join(in_words(r.code, r.params) for r in refusals)
        super().__init__(message, code=refusals[0].code)

    @classmethod
    def because(cls, code: str, **params: Any) -> ImportRefused:
        return cls(Refusal(code, params))

    @classmethod
    def of_file(cls, error: FileRefused | MappingRefused) -> ImportRefused:
        many = error.problems if isinstance(error, MappingRefused) else [error.refusal]
        return cls(*many)


def in_words(code: str, params: Mapping[str, Any], otherwise: str = "") -> str:
    """The reason in the active language; `otherwise` for a code that is not ours to word."""
    if code not in REASONS:
        return otherwise
    return str(REASONS[code]) % params


class Problem(NamedTuple):
    """What is wrong with one field of a row. message: for a code we have no words for ourselves."""

    field: str
    code: str
    params: Mapping[str, Any]
    message: str = ""


@dataclass
class Tally:
    """What became of rows and records so far; kept with every chunk.

    Rows: n_rows, n_refused. Records (customers, or sales and refunds): the others.
    normalised: "dates", "amounts", "phones" → cells we keep otherwise than written.
    remarks: code → [rows, first line, message] of accepted rows of which a part was left out.
    """

    n_rows: int = 0
    n_created: int = 0
    n_updated: int = 0
    n_unchanged: int = 0
    n_refused: int = 0
    n_customers_created: int = 0
    normalised: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, list[Any]] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)

    def count(self, state: str) -> None:
        """One accepted record: "created", "updated" or "unchanged"."""
        name = f"n_{state}"
        setattr(self, name, getattr(self, name) + 1)

    def remark(self, code: str, line: int, message: str, n_rows: int) -> None:
        self.remarks.setdefault(code, [0, line, message])[0] += n_rows

    def add_normalised(self, counts: Mapping[str, int]) -> None:
        for name, n_cells in counts.items():
            self.normalised[name] = self.normalised.get(name, 0) + n_cells

    def refuse(self, codes: Sequence[str]) -> None:
        """Count one refused row with the codes of all its problems."""
        self.n_refused += 1
        for code in set(codes):
            self.reasons[code] = self.reasons.get(code, 0) + 1
