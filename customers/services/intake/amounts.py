"""The amounts of a sale: any two of gross, discount and net give the third, lines give the net."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from customers.models import Sale
from customers.services.intake import cleaning
from customers.services.intake.batch import Refused
from customers.services.intake.records import SaleRecord

SALE = Sale.Kind.SALE.value
REFUND = Sale.Kind.REFUND.value


@dataclass(frozen=True, slots=True)
class Amounts:
    """In minor units; all ≥ 0 on a sale, all ≤ 0 on a refund."""

    gross_minor: int
    discount_minor: int
    net_minor: int


def amounts_of(record: SaleRecord, *, lines_net_minor: int | None) -> Amounts | None:
    """What the record says, completed; None when it says no amount at all. Raises Refused.

    lines_net_minor: the sum of its lines, None without lines.
    """
    for name in ("gross_minor", "discount_minor", "net_minor"):
        if (value := getattr(record, name)) is not None:
            cleaning.amount(name, value)
    gross, discount, net = record.gross_minor, record.discount_minor, record.net_minor
    if net is None and (gross is None or lines_net_minor is not None):
        net = lines_net_minor
    if gross is None and net is None:
        if discount is None:
            return None
        raise Refused(
            "net_minor", "required", _("A discount alone says no amount. Send net_minor too.")
        )
    if discount is None:
        discount = gross - net if gross is not None and net is not None else 0
    if gross is None:
        gross = (net or 0) + discount
    if net is None:
        net = gross - discount
    if net != gross - discount:
        raise Refused(
            "net_minor",
            "net_is_not_gross_less_discount",
            _("The net must be gross less discount: %(gross)s − %(discount)s is not %(net)s.")
            % {"gross": gross, "discount": discount, "net": net},
        )
    if lines_net_minor is not None and lines_net_minor != net:
        raise lines_do_not_add_up(lines_net_minor, net)
    return Amounts(gross, discount, net)


def lines_do_not_add_up(lines_net_minor: int, net_minor: int) -> Refused:
    return Refused(
        "lines",
        "lines_do_not_add_up",
        _("The lines add up to %(lines)s, but the net is %(net)s. Send all lines of the sale.")
        % {"lines": lines_net_minor, "net": net_minor},
    )


def kind_of(record: SaleRecord, amounts: Amounts | None) -> str | None:
    """Sale or refund, as said or as the amounts show; None when nothing is said. Raises Refused."""
    if record.kind is not None:
        return cleaning.choice(Sale._meta.get_field("kind"), record.kind)
    if record.refund_of:
        return REFUND
    if amounts is None:
        return None
    return REFUND if min(amounts.net_minor, amounts.gross_minor) < 0 else SALE


def check_sign(kind: str, amounts: Amounts) -> None:
    """Raises Refused for a negative sale, a positive refund, or a discount beyond the gross."""
    values = (amounts.gross_minor, amounts.discount_minor, amounts.net_minor)
    if kind == SALE and min(values) < 0:
        raise Refused(
            "net_minor",
            "negative_sale",
            _("A sale's amounts cannot be below zero. Send a refund as a record of its own."),
        )
    if kind == REFUND and max(values) > 0:
        raise Refused(
            "net_minor",
            "positive_refund",
            _("A refund's amounts must be zero or below, such as -5000."),
        )
