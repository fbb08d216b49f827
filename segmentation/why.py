"""Why a customer may stay away, in sentences: each with its share of the probability."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segmentation.models import CustomerScore
from segmentation.scoring.reasons import REASONS
from segmentation.services.score_reasons import DISCOUNT_UNIT, FACTS, POINT_UNIT, UNKNOWN_FACT
from segmentation.words import money_text

SMALLEST_TOLD = 0.005  # points; what is smaller is summed up as the rest
MOST_TOLD = 5


@dataclass(frozen=True)
class Known:
    """What the sentences are made of. facts: by name, see `services.score_reasons`."""

    score: CustomerScore
    today: date
    currency: str
    facts: Mapping[str, int]


@dataclass(frozen=True)
class Why:
    """One reason. points: share of the probability it adds (+) or takes away (−), −1 … 1."""

    kind: str
    text: str
    points: float


@dataclass(frozen=True)
class Explanation:
    """base: what is said of the typical customer here. base + all points + rest = probability."""

    base: float
    reasons: list[Why]
    rest: float

    @property
    def against(self) -> list[Why]:
        return [why for why in self.reasons if why.points > 0]


def explain(score: CustomerScore, today: date, *, currency: str) -> Explanation | None:
    """None where the risk is low or nothing was kept."""
    if score.reason_points is None or score.churn_probability is None:
        return None
    facts = dict(zip(FACTS, score.reason_facts or [], strict=False))
    known = Known(score, today, currency, facts)
    points = [whole / POINT_UNIT for whole in score.reason_points]
    told = [
        Why(kind, text, share)
        for kind, share in sorted(zip(REASONS, points, strict=False), key=lambda one: -abs(one[1]))
        if abs(share) >= SMALLEST_TOLD and (text := _TEXTS[kind](known, share))
    ][:MOST_TOLD]
    rest = sum(points) - sum(why.points for why in told)
    return Explanation(score.churn_probability - sum(points), told, rest)


def late_text(score: CustomerScore, today: date) -> str:
    """«47 days past the usual interval for Botulinum toxin», or what is left of it."""
    late = days_late(score, today)
    if late is None:
        return _("No purchase yet: there is no habit to miss.")
    if score.next_due_treatment is not None and score.next_due_on is not None:
        past_due = (today - score.next_due_on).days
        if past_due > 0 or late <= 0:  # else the habit is overdue, whatever the next treatment says
            return _treatment_late(past_due, score.next_due_treatment.name)
    usual = round(score.expected_interval_days)
    if late > 0:
        return ngettext(
            "%(n)s day past the usual %(usual)s", "%(n)s days past the usual %(usual)s", late
        ) % {"n": late, "usual": usual}
    return ngettext(
        "%(n)s day left of the usual %(usual)s", "%(n)s days left of the usual %(usual)s", -late
    ) % {"n": -late, "usual": usual}


def days_late(score: CustomerScore, today: date) -> int | None:
    """Days past the interval we expect of this person; negative while there is time."""
    if score.last_purchase_on is None or score.expected_interval_days is None:
        return None
    return (today - score.last_purchase_on).days - round(score.expected_interval_days)


def _treatment_late(late: int, treatment: str) -> str:
    if late > 0:
        return ngettext(
            "%(n)s day past the usual interval for %(treatment)s",
            "%(n)s days past the usual interval for %(treatment)s",
            late,
        ) % {"n": late, "treatment": treatment}
    return ngettext(
        "%(n)s day left of the usual interval for %(treatment)s",
        "%(n)s days left of the usual interval for %(treatment)s",
        -late,
    ) % {"n": -late, "treatment": treatment}


def _wait(known: Known, points: float) -> str:
    """Time left speaks for nobody's leaving, being late for nobody's coming back: then only the
    time since is told."""
    score, today = known.score, known.today
    is_due = score.next_due_on is not None and score.next_due_on < today
    is_late = is_due or (days_late(score, today) or 0) > 0
    if score.last_purchase_on is None or is_late == (points > 0):
        return late_text(score, today)
    n = (today - score.last_purchase_on).days
    if points > 0:
        return ngettext("Last bought %(n)s day ago", "Last bought %(n)s days ago", n) % {"n": n}
    return ngettext(
        "Last bought %(n)s day ago, later than the typical customer here",
        "Last bought %(n)s days ago, later than the typical customer here",
        n,
    ) % {"n": n}


def _habit(known: Known, points: float) -> str:
    n_days, apart = known.facts["n_days"], known.facts["last_gap_days"]
    if n_days == 1:
        return _("Bought on one day only, so far")
    if n_days == 2:
        return ngettext(
            "Bought on two days only, %(n)s day apart",
            "Bought on two days only, %(n)s days apart",
            apart,
        ) % {"n": apart}
    return _("Bought on %(n)s days in all, on %(recent)s of them in the last year") % {
        "n": n_days,
        "recent": known.facts["n_days_last_year"],
    }


def _pace(known: Known, points: float) -> str:
    """Empty where there are too few visits to speak of a pace."""
    last, usual = known.facts["last_gap_days"], known.facts["mean_gap_days"]
    if usual == UNKNOWN_FACT:
        return ""
    return ngettext(
        "Last came after %(n)s day; usually after %(usual)s",
        "Last came after %(n)s days; usually after %(usual)s",
        last,
    ) % {"n": last, "usual": usual}


def _spend(known: Known, points: float) -> str:
    last, usual = known.facts["last_net_minor"], known.facts["mean_net_minor"]
    if usual == UNKNOWN_FACT:
        return ""
    return _("Last spent %(last)s; usually %(usual)s") % {
        "last": money_text(last, known.currency),
        "usual": money_text(round(usual, -2), known.currency),
    }


def _discount(known: Known, points: float) -> str:
    percent = round(100 * known.facts["discount_rate"] / DISCOUNT_UNIT)
    if percent > 0:
        return _("Last paid %(percent)s%% below the list price") % {"percent": percent}
    return _("Last paid the full price")


def _missed(known: Known, points: float) -> str:
    n = known.facts["n_missed"]
    if not n:
        return _("Missed no appointment in the last year")
    return ngettext(
        "Missed %(n)s appointment in the last year", "Missed %(n)s appointments in the last year", n
    ) % {"n": n}


def _survey(known: Known, points: float) -> str:
    answer = known.facts["answer"]
    return "" if answer == UNKNOWN_FACT else _("Last survey %(answer)s of 5") % {"answer": answer}


def _complaint(known: Known, points: float) -> str:
    if points > 0:
        return _("Complained and has not bought since")
    return _("No complaint since the last purchase")


def _new_consultant(known: Known, points: float) -> str:
    if points > 0:
        return _("Was seen by another consultant last time")
    return _("Keeps to one consultant")


def _nothing_wears_off(known: Known, points: float) -> str:
    if points > 0:
        return _("Never had a treatment that wears off")
    return _("Has had a treatment that wears off")


_TEXTS: dict[str, Callable[[Known, float], str]] = {
    "wait": _wait,
    "habit": _habit,
    "pace": _pace,
    "spend": _spend,
    "discount": _discount,
    "missed": _missed,
    "survey": _survey,
    "complaint": _complaint,
    "new_consultant": _new_consultant,
    "nothing_wears_off": _nothing_wears_off,
}
