"""The receipt of a tier change: everything that decided, so that it can be checked without us.

A receipt is plain JSON, written by `services/tier_sql.py`:

    programme, version, effective_on, from_on, until_on, currency
    before {rank, tier, missed_on}, invited_rank
    facts {spend_minor, n_days, points, n_kinds}
    purchases [{counts_on, net_minor, n_sales, sales}]   one row a day, the newest 200 days
    folded {n_days, n_sales, net_minor, from_on, until_on} or None   all older days together
    kinds [text], before_window {n, net_minor, newest} or None
    rules (LadderRules.as_json), tier: a name or None

However much somebody bought, it stays bounded: days beyond 200 are folded into one row of sums, and
a sum is all the rules ask of them. Points come from the ledger and stand as their sum.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from loyalty.tiering import NOBODY, Facts, Held, LadderRules, Need, Rung, rules_from, step

Receipt = Mapping[str, Any]


@dataclass(frozen=True)
class ToNext:
    """What is missing to the next rung: metric → how much, and the last day on which what counts
    today still counts; None where no purchase would drop out."""

    name: str
    missing: dict[str, int]
    is_any: bool
    by_on: date | None


def facts_of(receipt: Receipt) -> Facts:
    """What counted, added up again from the purchases."""
    folded = receipt.get("folded") or {"net_minor": 0, "n_days": 0}
    days = receipt["purchases"]
    told = receipt.get("facts", {})
    return Facts(
        spend_minor=sum(day["net_minor"] for day in days) + folded["net_minor"],
        n_days=sum(day["net_minor"] > 0 for day in days) + folded["n_days"],
        points=told.get("points", 0),
        n_kinds=len(receipt.get("kinds", [])),
    )


def rules_of(receipt: Receipt) -> LadderRules:
    """The rules of that day; receipts before rules had versions tell a ladder by spend."""
    if "rules" in receipt:
        return rules_from(receipt["rules"])
    rungs = tuple(
        Rung(0, rung["name"], Need(spend_minor=rung["min_spend_minor"]))
        for rung in receipt["ladder"] or []
    )
    return LadderRules(rungs, window_days=receipt["window_days"])


def spend_of(receipt: Receipt) -> int:
    """Net spend that counted, minor units, added up again from the purchases."""
    return facts_of(receipt).spend_minor


def held_before(receipt: Receipt) -> Held:
    before = receipt.get("before") or {"rank": NOBODY, "missed_on": None}
    missed_on = before["missed_on"]
    return Held(before["rank"], date.fromisoformat(missed_on) if missed_on else None)


def tier_of(receipt: Receipt) -> str | None:
    """The tier's name, worked out again from the receipt alone."""
    rules = rules_of(receipt)
    after = step(
        rules,
        held_before(receipt),
        facts_of(receipt),
        on=date.fromisoformat(receipt["until_on"]),
        invited_rank=receipt.get("invited_rank", NOBODY),
    )
    return rules.rungs[after.rank].name if after.rank != NOBODY else None


def to_next(receipt: Receipt) -> ToNext | None:
    """What was missing to the next rung that can be earned; None on the highest."""
    rules, facts = rules_of(receipt), facts_of(receipt)
    rank = next((n for n, r in enumerate(rules.rungs) if r.name == receipt["tier"]), NOBODY)
    above = (r for r in rules.rungs[rank + 1 :] if not r.is_invited)
    rung = next((r for r in above if not r.entry.is_met(facts)), None)
    if rung is None:
        return None
    return ToNext(rung.name, rung.entry.missing(facts), rung.entry.is_any, _by(receipt, rules))


def _by(receipt: Receipt, rules: LadderRules) -> date | None:
    """Until the day before the first of the purchases that count drops out."""
    days = [day["counts_on"] for day in receipt["purchases"] if day["net_minor"] > 0]
    if receipt.get("folded"):
        days.append(receipt["folded"]["from_on"])
    if not days and rules.year is None:
        return None
    first = date.fromisoformat(min(days)) if days else date.fromisoformat(receipt["until_on"])
    return rules.leaves_on(first) - timedelta(days=1)
