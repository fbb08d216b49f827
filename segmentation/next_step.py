"""What to do next for one customer, in plain words, from facts that stand on the same page."""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.queries import Profile
from segmentation.models import CustomerScore, Stage
from segmentation.services.score_reasons import TOLD_FROM
from segmentation.why import Explanation, days_late, explain, late_text

DUE_SOON_DAYS = 21
FRESH_DAYS = 30
MEDIUM_RISK, HIGH_RISK = TOLD_FROM, 0.5
Text = str | Promise


@dataclass(frozen=True)
class NextStep:
    """text: what to do. why: the fact behind it. how: the ways the customer may be reached."""

    text: Text
    why: Text
    how: Text
    icon: str
    tone: str


@dataclass(frozen=True)
class Risk:
    """churn_rate: 0–1 over the clinic's horizon. reason: its first reason. why: all of them, where
    the risk is medium or high."""

    churn_rate: float | None
    reason: Text
    tone: str
    why: Explanation | None = None


def risk_of(score: CustomerScore, today: date, currency: str = "") -> Risk:
    """How likely the customer stays away, and why we think so."""
    rate = score.churn_probability
    tone = "good" if rate is None or rate < MEDIUM_RISK else "watch" if rate < HIGH_RISK else "act"
    why = explain(score, today, currency=currency)
    reason = why.against[0].text if why and why.against else late_text(score, today)
    return Risk(rate, reason, tone, why)


def next_step(profile: Profile, score: CustomerScore | None) -> NextStep:
    """The one thing that helps most; first that applies."""
    text, why, icon, tone = (
        _booked(profile)
        or _due(profile)
        or (_by_stage(profile, score) if score else None)
        or _birthday(profile)
        or _nothing(profile, score)
    )
    return NextStep(text, why, how_to_reach(profile), icon, tone)


Step = tuple[Text, Text, str, str]


def _booked(profile: Profile) -> Step | None:
    coming = profile.next_appointment
    if coming is None:
        return None
    what = str(coming.treatment) if coming.treatment else _("an appointment")
    if coming.status == coming.Status.BOOKED:
        return (
            _("Confirm the appointment."),
            _("Booked: %(what)s.") % {"what": what},
            "calendar-check", "accent",
        )  # fmt: skip
    return (
        _("Nothing to arrange: the next visit is confirmed."),
        _("Booked: %(what)s.") % {"what": what},
        "calendar-check", "good",
    )  # fmt: skip


def _due(profile: Profile) -> Step | None:
    if not profile.due:
        return None
    first = profile.due[0]
    n_days = (first.due_on - profile.today).days
    if n_days > DUE_SOON_DAYS:
        return None
    if n_days < 0:
        why = ngettext(
            "%(treatment)s was due %(n)s day ago.", "%(treatment)s was due %(n)s days ago.", -n_days
        ) % {"treatment": first.name, "n": -n_days}
        return _("Offer an appointment now."), why, "phone-outgoing", "watch"
    why = ngettext(
        "%(treatment)s is due in %(n)s day.", "%(treatment)s is due in %(n)s days.", n_days
    ) % {"treatment": first.name, "n": n_days}
    return _("Offer an appointment before it wears off."), why, "calendar-plus", "accent"


def _by_stage(profile: Profile, score: CustomerScore) -> Step | None:
    late = days_late(score, profile.today)
    match score.stage:
        case Stage.POTENTIAL:
            return (
                _("Invite to a consultation."), _("Known to the clinic, but has never bought."),
                "message-circle", "neutral",
            )  # fmt: skip
        case Stage.NEW if profile.spend.last_on and _days_since(profile) <= FRESH_DAYS:
            return (
                _("Ask how the first treatment went."), _("The first purchase is still fresh."),
                "phone-outgoing", "accent",
            )  # fmt: skip
        case Stage.CHURNED:
            return (
                _("Call and ask why the visits stopped."), _reason(profile, score),
                "phone-outgoing", "act",
            )  # fmt: skip
        case Stage.DORMANT:
            return (
                _("Call with a reason to come back."), _reason(profile, score),
                "phone-outgoing", "watch",
            )  # fmt: skip
    if late is not None and late > 0:
        reason = _reason(profile, score)
        return _("Offer an appointment now."), reason, "phone-outgoing", "watch"
    return None


def _reason(profile: Profile, score: CustomerScore) -> Text:
    return risk_of(score, profile.today, profile.clinic.currency).reason


def _days_since(profile: Profile) -> int:
    return (profile.today - profile.spend.last_on).days if profile.spend.last_on else 0


def _birthday(profile: Profile) -> Step | None:
    if not profile.is_birthday_month:
        return None
    return _("Send birthday wishes."), _("The birthday is this month."), "cake", "accent"


def _nothing(profile: Profile, score: CustomerScore | None) -> Step:
    if score is None:
        why = _("Not scored yet: the next nightly run tells more.")
    else:
        why = _reason(profile, score)
    return _("Nothing to do now."), why, "circle-check", "neutral"


def how_to_reach(profile: Profile) -> Text:
    """By which ways the customer agreed to hear from the clinic's marketing."""
    ways = []
    if profile.has_consent("phone") and any(c.kind == "phone" for c in profile.contacts):
        ways.append(_("phone"))
    if profile.may_be_emailed:
        ways.append(_("e-mail"))
    if profile.has_consent("wechat"):
        ways.append(_("WeChat"))
    if profile.has_consent("sms") and any(c.kind == "phone" for c in profile.contacts):
        ways.append(_("SMS"))
    if not ways:
        return _("No consent to marketing yet: ask at the next visit.")
    return _("Agreed to be reached by %(ways)s.") % {"ways": _(", ").join(ways)}
