"""Sales on their way in: what a record says, over what stands, checked."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from customers.models import Sale
from customers.services.bulk_rows import new_ids
from customers.services.intake import cleaning
from customers.services.intake.amounts import (
    REFUND,
    SALE,
    Amounts,
    amounts_of,
    check_sign,
    kind_of,
    lines_do_not_add_up,
)
from customers.services.intake.batch import Batch, Refused
from customers.services.intake.lookups import CustomerLookup, take_places
from customers.services.intake.records import SaleRecord
from customers.services.intake.refunds import RefundBook, Target
from customers.services.intake.sale_lines import NO_LINES, Lines, lines_as_they_stand, lines_of
from tenancy.clock import local_day

COLUMNS = ("kind", "customer_id", "refund_of_id", "branch_id", "consultant_id", "occurred_at",
           "occurred_on", "counts_on", "gross_minor", "discount_minor", "net_minor",
           "currency")  # fmt: skip
_NEW: dict[str, Any] = dict.fromkeys(COLUMNS)


@dataclass(slots=True)
class Draft:
    """One sale on the way in. lines: None when the record says nothing about them."""

    key: str
    record: SaleRecord
    before: dict[str, Any] | None  # the row as it stands; None: new to us
    lines_before: Lines
    said: dict[str, Any] = field(default_factory=dict)
    lines: Lines | None = None
    after: dict[str, Any] = field(default_factory=dict)
    pk: int = 0

    @property
    def has_new_lines(self) -> bool:
        return self.lines is not None and self.lines != self.lines_before

    @property
    def is_changed(self) -> bool:
        return self.before != self.after or self.has_new_lines


class Before:
    """What stands of a batch's sales, with ids for those that are new.

    rows: by external id. ids: by external id, also of the new ones. lines: by id.
    """

    def __init__(self, batch: Batch) -> None:
        rows = Sale.objects.filter(source=batch.source, external_id__among=batch.standing)
        self.rows = {
            row.pop("external_id"): row for row in rows.values("external_id", "id", *COLUMNS)
        }
        self.ids: dict[str, int] = {key: row.pop("id") for key, row in self.rows.items()}
        self.lines = lines_as_they_stand(self.ids.values()) if self.ids else {}
        new = [key for key in batch.standing if key not in self.ids]
        self.ids |= zip(new, new_ids(Sale, len(new)), strict=True)
        said = (record.refund_of for record in batch.standing.values())
        pointed_at = {key.strip() for key in said if key}
        linked = {row["refund_of_id"] for row in self.rows.values()} - {None}
        self.refunds = RefundBook(batch.source, pointed_at | self.rows.keys(), linked)


def drafts_of(batch: Batch, lookup: CustomerLookup, before: Before) -> list[Draft]:
    """Sales first, then refunds, which may point at sales of the same batch."""
    drafts = []
    for key, record in batch.each():
        pk = before.ids[key]
        draft = Draft(key, record, before.rows.get(key), before.lines.get(pk, NO_LINES), pk=pk)
        if _is_taken(batch, draft, _take, lookup):
            drafts.append(draft)
    book = before.refunds
    sales = [
        d for d in drafts if d.said["kind"] == SALE and _is_taken(batch, d, _finish_sale, book)
    ]
    refunds = [
        d for d in drafts if d.said["kind"] == REFUND and _is_taken(batch, d, _finish_refund, book)
    ]
    return [*sales, *refunds]


def _is_taken(batch: Batch, draft: Draft, step, *arguments) -> bool:
    try:
        step(batch, draft, *arguments)
    except Refused as reason:
        batch.refuse(draft.key, reason)
        return False
    return True


def _take(batch: Batch, draft: Draft, lookup: CustomerLookup) -> None:
    """Fill `said` and `lines` with what the record says by itself. Raises Refused."""
    record, said = draft.record, draft.said
    if (customer_id := lookup.customer_id(record)) is not None:
        said["customer_id"] = customer_id
    if record.occurred_at is not None:
        said["occurred_at"] = cleaning.not_in_future("occurred_at", record.occurred_at, at=batch.at)
        said["occurred_on"] = local_day(batch.zone, record.occurred_at)
    _take_currency(batch, draft)
    take_places(batch, draft.key, record, said)
    if record.lines is not None:
        draft.lines = lines_of(record.lines, batch.catalogue)
    _take_amounts(draft)


def _take_currency(batch: Batch, draft: Draft) -> None:
    currency = batch.clinic.currency
    said = (draft.record.currency or currency).strip().upper()
    if said != currency:
        raise Refused(
            "currency",
            "other_currency",
            _("The clinic keeps its books in %(currency)s, not in %(said)s. Convert the amounts.")
            % {"currency": currency, "said": said[:10]},
        )
    draft.said["currency"] = currency


def _take_amounts(draft: Draft) -> None:
    before, record = draft.before, draft.record
    lines_net = draft.lines.net_minor if draft.lines else None
    amounts = amounts_of(record, lines_net_minor=lines_net)
    kind = kind_of(record, amounts) or (before["kind"] if before else SALE)
    if before and before["kind"] != kind:
        raise Refused(
            "kind", "kind_changed", _("A sale cannot become a refund, nor a refund a sale.")
        )
    if amounts is None:
        if before is None:
            raise Refused("net_minor", "required", _("The sale has no amount. Send net_minor."))
        amounts = Amounts(before["gross_minor"], before["discount_minor"], before["net_minor"])
    check_sign(kind, amounts)
    if draft.lines is None and draft.lines_before:
        standing_net = draft.lines_before.net_minor
        if standing_net != amounts.net_minor:
            raise lines_do_not_add_up(standing_net, amounts.net_minor)
    draft.said |= {
        "kind": kind,
        "gross_minor": amounts.gross_minor,
        "discount_minor": amounts.discount_minor,
        "net_minor": amounts.net_minor,
    }


def _finish_sale(_batch: Batch, draft: Draft, book: RefundBook) -> None:
    if draft.record.refund_of:
        raise Refused("refund_of", "not_a_refund", _("Only a refund points at another sale."))
    after = {**(draft.before or _NEW), **draft.said}
    _check_complete(after)
    after["counts_on"] = after["occurred_on"]
    target = Target(draft.pk, SALE, after["customer_id"], after["occurred_on"], after["net_minor"])
    book.note_sale(draft.key, target)
    draft.after = after


def _finish_refund(_batch: Batch, draft: Draft, book: RefundBook) -> None:
    """A refund counts towards the day of its sale; one that names no sale towards its own."""
    after = {**(draft.before or _NEW), **draft.said}
    target = None
    if draft.record.refund_of:
        target = book.target(draft.record.refund_of)
        after["refund_of_id"] = target.pk
        after["customer_id"] = draft.said.get("customer_id", target.customer_id)
    elif draft.record.refund_of == "":
        after["refund_of_id"] = None
    elif after["refund_of_id"]:
        target = book.target_by_pk(after["refund_of_id"])
    _check_complete(after)
    if target is not None:
        book.take(target, after=after, before=draft.before)
    after["counts_on"] = target.occurred_on if target else after["occurred_on"]
    draft.after = after


def _check_complete(after: dict[str, Any]) -> None:
    if after["customer_id"] is None:
        raise Refused("customer_external_id", "required", _("The sale names no customer."))
    if after["occurred_at"] is None:
        raise Refused("occurred_at", "required", _("The sale has no date."))
