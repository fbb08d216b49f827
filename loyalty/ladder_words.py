"""Rules of a ladder and receipts of its changes, as sentences in the reader's language."""

from dataclasses import dataclass
from datetime import date

from babel.dates import format_skeleton
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from loyalty.receipts import Receipt, facts_of, held_before, rules_of, to_next
from loyalty.tiering import METRICS, NOBODY, Facts, LadderRules, Need
from segmentation.words import day_text, enumerated, money_text, reader_locale


@dataclass(frozen=True)
class Told:
    """One sentence a line. staff: how it was decided. customer: what may be read out to them."""

    staff: list[str]
    customer: list[str]


def amount_words(metric: str, amount: int, currency: str) -> str:
    """«a spend of ¥5,000», «3 purchase days»."""
    if metric == "spend_minor":
        return _("a spend of %(amount)s") % {"amount": money_text(amount, currency)}
    texts = {
        "n_days": ngettext("%(n)s purchase day", "%(n)s purchase days", amount),
        "points": ngettext("%(n)s point earned", "%(n)s points earned", amount),
        "n_kinds": ngettext("%(n)s kind of treatment", "%(n)s kinds of treatment", amount),
    }
    return texts[metric] % {"n": f"{amount:,}"}


def need_words(need: Need, currency: str) -> str:
    """«a spend of ¥5,000 and 3 purchase days»; «nothing» where all may have it."""
    parts = [amount_words(name, least, currency) for name, least in need.asked.items()]
    if not parts:
        return pgettext("asked of a tier", "nothing")
    return enumerated(parts, "has_any" if need.is_any else "has_all")


def window_words(rules: LadderRules) -> str:
    """«the last 365 days», or «the year from 1 April on»."""
    if rules.year:
        day = _stated(rules.year.month, rules.year.day)
        return _("the year that begins on %(day)s") % {"day": day}
    return ngettext("the last %(n)s day", "the last %(n)s days", rules.window_days) % {
        "n": rules.window_days
    }


def _stated(month: int, day: int) -> str:
    """«1 January»; 2027 is as good as any year."""
    return str(format_skeleton("MMMMd", date(2027, month, day), locale=reader_locale()))


def rung_sentence(rules: LadderRules, rank: int, currency: str) -> str:
    """What reaching and keeping one tier asks."""
    rung = rules.rungs[rank]
    if rung.is_invited:
        return _("By invitation only.")
    if not rung.entry.asked:
        return _("Every member begins here.")
    given = {"need": need_words(rung.entry, currency), "window": window_words(rules)}
    reached = _("Reached with %(need)s within %(window)s.") % given
    if rung.keep and rung.keep != rung.entry:
        kept = _("Kept with %(need)s.") % {"need": need_words(rung.keep, currency)}
        return f"{reached} {kept}"
    return reached


def falling_sentence(rules: LadderRules) -> str:
    """When somebody who no longer keeps a tier loses it."""
    parts = []
    if rules.grace_days:
        parts.append(
            ngettext(
                "Who no longer keeps a tier has %(n)s more day.",
                "Who no longer keeps a tier has %(n)s more days.",
                rules.grace_days,
            )
            % {"n": rules.grace_days}
        )
    if rules.falls_on:
        day = _stated(rules.falls_on.month, rules.falls_on.day)
        parts.append(_("Tiers are lost on %(day)s only.") % {"day": day})
    if not parts:
        parts.append(_("A tier is lost on the day it is no longer kept."))
    if rules.protected_until_on:
        day = day_text(rules.protected_until_on.isoformat())
        parts.append(_("Nobody falls before %(day)s.") % {"day": day})
    return " ".join(parts)


def facts_words(facts: Facts, metrics: frozenset[str], currency: str) -> str:
    """What stood in the window, of what the rules ask for; spend always."""
    shown = [name for name in METRICS if name in metrics or name == "spend_minor"]
    return enumerated(
        [amount_words(name, getattr(facts, name), currency) for name in shown], "has_all"
    )


def told(receipt: Receipt) -> Told:
    """Why the tier changed, for the staff and for the customer."""
    return Told(_staff(receipt), _customer(receipt))


def _staff(receipt: Receipt) -> list[str]:
    rules, facts, currency = rules_of(receipt), facts_of(receipt), receipt["currency"]
    lines = [
        _("From %(first)s to %(last)s there was %(facts)s.")
        % {
            "first": day_text(receipt["from_on"]),
            "last": day_text(receipt["until_on"]),
            "facts": facts_words(facts, rules.metrics, currency),
        }
    ]
    rank = _rank(receipt, rules)
    if rank == NOBODY:
        return [*lines, _("That reaches no tier.")]
    lines.append(_decision(receipt, rules, rank))
    if receipt.get("version"):
        lines.append(
            _("Rules no. %(n)s, in force since %(day)s.")
            % {"n": receipt["version"], "day": day_text(receipt["effective_on"])}
        )
    return lines


def _rank(receipt: Receipt, rules: LadderRules) -> int:
    return next((n for n, r in enumerate(rules.rungs) if r.name == receipt["tier"]), NOBODY)


def _decision(receipt: Receipt, rules: LadderRules, rank: int) -> str:
    rung, before = rules.rungs[rank], held_before(receipt)
    given = {"tier": rung.name, "need": need_words(rung.entry, receipt["currency"])}
    if receipt.get("invited_rank", NOBODY) == rank and not (
        rung.entry.is_met(facts_of(receipt)) and not rung.is_invited
    ):
        return _("An invitation gives %(tier)s.") % given
    if before.rank > rank:
        lost = rules.rungs[before.rank]
        given |= {
            "lost": lost.name,
            "kept_by": need_words(lost.kept_by, receipt["currency"]),
            "since": day_text(str(before.missed_on or receipt["until_on"])),
        }
        if lost.is_invited:
            return _("The invitation to %(lost)s has ended, which leaves %(tier)s.") % given
        missing = _("Keeping %(lost)s asks for %(kept_by)s, which is missing since %(since)s.")
        return " ".join([missing % given, _("That leaves %(tier)s.") % given])
    if not rung.entry.asked:
        return _("%(tier)s asks for nothing: every member begins there.") % given
    return _("%(tier)s asks for %(need)s, which is reached.") % given


def _customer(receipt: Receipt) -> list[str]:
    rules, currency = rules_of(receipt), receipt["currency"]
    rank = _rank(receipt, rules)
    if rank == NOBODY:
        return [_("You have no tier at present.")]
    tier = receipt["tier"]
    fell = held_before(receipt).rank > rank
    lines = [
        (_("Your tier is now %(tier)s.") if fell else _("Welcome: your tier is %(tier)s."))
        % {"tier": tier},
        _("Within %(window)s you came to %(facts)s.")
        % {
            "window": window_words(rules),
            "facts": facts_words(facts_of(receipt), rules.metrics, currency),
        },
    ]
    return [*lines, *_next_words(receipt)]


def _next_words(receipt: Receipt) -> list[str]:
    """What is missing to the next tier, and by when."""
    above = to_next(receipt)
    if above is None:
        return []
    missing = [
        amount_words(name, amount, receipt["currency"]) for name, amount in above.missing.items()
    ]
    given = {
        "tier": above.name,
        "missing": enumerated(missing, "has_any" if above.is_any else "has_all"),
    }
    if above.by_on is None:
        return [_("For %(tier)s there is still missing: %(missing)s.") % given]
    given["day"] = day_text(above.by_on.isoformat())
    return [_("For %(tier)s there is still missing, until %(day)s: %(missing)s.") % given]
