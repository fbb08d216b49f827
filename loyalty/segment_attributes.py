"""Tier and points, as segments and the customers' list may ask for them."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from customers.models import Sale
from loyalty.models import Account, LedgerEntry, PointLot, Tier, TierChange
from loyalty.queries.ladders import rules_on
from loyalty.queries.programmes import default_programme
from segmentation.attributes import EVERYBODY, NOBODY, Attribute, Kind, OneRow, register
from segmentation.events import EventDetail, EventKind, register_event

ENDING_DAYS = 30
# One account a customer and programme, and one programme is the default.
in_default_account = OneRow(lambda: Account.objects.filter(programme__is_default=True))


def tier_choices() -> list[tuple[int, str]]:
    tiers = Tier.objects.on_ladder().filter(programme__is_default=True)
    return list(tiers.values_list("pk", "name"))


def register_attributes() -> None:
    register(
        Attribute(
            "tier", _("Tier"), Kind.CHOICE, app="loyalty", field="tier",
            within=in_default_account, choices=tier_choices, in_list=True,
            phrases={
                "is": _("whose tier is %(value)s"), "is_not": _("whose tier is not %(value)s"),
            },
        )
    )  # fmt: skip
    register(
        Attribute(
            "points", _("Points balance"), Kind.NUMBER, app="loyalty", field="balance",
            within=in_default_account,
            phrases={
                "at_least": _("who have at least %(value)s points"),
                "at_most": _("who have at most %(value)s points"),
                "between": _("who have %(low)s to %(high)s points"),
                "is": _("who have exactly %(value)s points"),
            },
        )
    )  # fmt: skip
    register(
        Attribute(
            "to_next_tier", _("Missing to the next tier"), Kind.MONEY, app="loyalty",
            build=_missing, minimum=1,
            phrases={
                "at_least": _("who miss at least %(value)s to the next tier"),
                "at_most": _("who miss at most %(value)s to the next tier"),
                "between": _("who miss %(low)s to %(high)s to the next tier"),
            },
        )
    )  # fmt: skip


def register_ending_points() -> None:
    """Points that are lost unless they are spent in time."""
    register(
        Attribute(
            "points_end", _("Points expire"), Kind.DATE, app="loyalty", field="expires_on",
            within=_have_lots, only=("in_next_days", "before", "between", "is_known", "is_unknown"),
            phrases={
                "in_next_days": _("whose points expire in the next %(value)s days"),
                "before": _("whose points expire before %(value)s"),
                "between": _("whose points expire between %(low)s and %(high)s"),
                "is_known": _("who have points that expire"),
                "is_unknown": _("who have no points that expire"),
            },
        )
    )  # fmt: skip
    register(
        Attribute(
            "points_ending_30_days", _("Points that expire within 30 days"), Kind.NUMBER,
            app="loyalty", build=_ending_soon, minimum=0,
            phrases={
                "at_least": _("of whose points at least %(value)s expire within 30 days"),
                "at_most": _("of whose points at most %(value)s expire within 30 days"),
                "between": _("of whose points %(low)s to %(high)s expire within 30 days"),
                "is": _("of whose points exactly %(value)s expire within 30 days"),
            },
        )
    )  # fmt: skip


def _open_lots() -> QuerySet[PointLot, Any]:
    return PointLot.objects.filter(
        remaining__gt=0, expires_on__isnull=False, account__programme__is_default=True
    ).order_by()


def _have_lots(q: Q) -> Q:
    return Q(pk__in=_open_lots().filter(q).values("account__customer"))


def _ending_soon(operator: str, value: Any, on: date) -> Q:
    """By the sum of what is left of the lots that end from today to the thirtieth day on."""
    soon = _open_lots().filter(expires_on__gt=on, expires_on__lte=on + timedelta(days=ENDING_DAYS))
    sums = soon.values("account__customer").annotate(left=Sum("remaining"))

    def at_least(n_points: int) -> Q:
        return Q(pk__in=sums.filter(left__gte=n_points).values("account__customer"))

    low, high = {
        "at_least": lambda: (value, None),
        "at_most": lambda: (0, value),
        "is": lambda: (value, value),
        "between": lambda: tuple(value),
    }[operator]()
    found = at_least(low) if low > 0 else EVERYBODY
    return found if high is None else found & ~at_least(high + 1)


def _missing(operator: str, value: Any, on: date) -> Q:
    """By what is missing of the next rung's spend in the programme's window; nobody at the top."""
    programme = default_programme()
    if programme is None:
        return NOBODY
    least, most = {
        "at_least": lambda: (value, None),
        "at_most": lambda: (None, value),
        "between": lambda: tuple(value),
    }[operator]()
    rules = rules_on(programme, on)
    from_on = rules.window(on)[0]
    sales = Sale.objects.filter(counts_on__gte=from_on, counts_on__lte=on, occurred_on__lte=on)
    spent = sales.order_by().values("customer").annotate(net=Sum("net_minor"))
    tiers = Tier.objects.on_ladder().filter(programme=programme).in_bulk()
    ladder = [tiers[r.tier] for r in rules.rungs if r.tier in tiers and not r.is_invited]
    found = NOBODY
    for here, above in pairwise([None, *ladder]):
        stands = in_default_account(Q(tier__isnull=True) if here is None else Q(tier=here))
        if most is not None and most < above.min_spend_minor:
            stands &= _spent(spent, net__gte=above.min_spend_minor - most)
        if least is not None:
            stands &= ~_spent(spent, net__gt=above.min_spend_minor - least)
        found |= stands
    return found


def _spent(spent: QuerySet[Sale, Any], **bounds: int) -> Q:
    return Q(pk__in=spent.filter(**bounds).values("customer"))


def register_events() -> None:
    def kind(key: str, label: Any, **more: Any) -> None:
        register_event(EventKind(key, label, "loyalty", customer="account__customer", **more))

    kind(
        "redemption", _("Points redeemed"), day="posted_on",
        rows=lambda: LedgerEntry.objects.filter(kind=LedgerEntry.Kind.REDEMPTION),
        did=_("who redeemed points%(details)s%(times)s%(period)s"),
        did_not=_("who have redeemed no points%(details)s%(period)s"),
    )  # fmt: skip
    kind(
        "points_expired", _("Points expired"), day="posted_on",
        rows=lambda: LedgerEntry.objects.filter(kind=LedgerEntry.Kind.EXPIRY),
        did=_("whose points expired%(details)s%(times)s%(period)s"),
        did_not=_("none of whose points expired%(details)s%(period)s"),
    )  # fmt: skip
    kind(
        "tier_change", _("Tier changed"), rows=TierChange.objects.all, day="changed_on",
        did=_("whose tier changed%(details)s%(times)s%(period)s"),
        did_not=_("whose tier has not changed%(details)s%(period)s"),
        details=(
            EventDetail("tier", _("New tier"), "new_tier", _(" to %(value)s"),
                        choices=tier_choices),
        ),
    )  # fmt: skip
