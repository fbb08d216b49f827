"""The receipt of a tier change, in words and with the purchases that counted."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from loyalty.ladder_words import need_words, told
from loyalty.models import TierChange
from loyalty.queries.accounts import accounts_in_sight
from loyalty.receipts import Receipt, facts_of, rules_of, tier_of, to_next
from tenancy.access import requires


@requires("loyalty.view")
@require_safe
def tier_change(request: HttpRequest, change_id: int) -> HttpResponse:
    """Decided by what; checked again from the receipt alone while the page is made."""
    changes = TierChange.objects.select_related("account__customer", "old_tier", "new_tier")
    seen = changes.filter(account__in=accounts_in_sight(request.branch))
    change = get_object_or_404(seen, pk=change_id)
    return render(request, "loyalty/tier_change.html", _context(change))


def _context(change: TierChange) -> dict[str, Any]:
    receipt = change.receipt
    rules = rules_of(receipt)
    earlier = receipt.get("before_window") or {}
    days = [_with_day(day) for day in receipt["purchases"]]
    return {
        "change": change,
        "receipt": receipt,
        "told": told(receipt),
        "facts": facts_of(receipt),
        "metrics": rules.metrics,
        "from_on": date.fromisoformat(receipt["from_on"]),
        "until_on": date.fromisoformat(receipt["until_on"]),
        "counted": [day for day in days if day["net_minor"] > 0],
        "given_back": [day for day in days if day["net_minor"] <= 0],
        "folded": _folded(receipt),
        "earlier": [_with_day(day) for day in earlier.get("newest", [])],
        "n_earlier": earlier.get("n", 0),
        "ladder": [
            (rung.name, need_words(rung.entry, receipt["currency"]), rung.name == receipt["tier"])
            for rung in reversed(rules.rungs)
        ],
        "next": to_next(receipt),
        "is_proved": tier_of(receipt) == receipt["tier"],
    }


def _with_day(day: dict[str, Any]) -> dict[str, Any]:
    return day | {"counts_on": date.fromisoformat(day["counts_on"])}


def _folded(receipt: Receipt) -> dict[str, Any] | None:
    folded = receipt.get("folded")
    if not folded:
        return None
    days = {name: date.fromisoformat(folded[name]) for name in ("from_on", "until_on")}
    return dict(folded) | days
