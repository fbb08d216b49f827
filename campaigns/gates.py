"""May this message go out now? One pure question, asked at the moment of sending.

The order is the rule: first what holds for the whole campaign, then the clock (a message that has
to wait is judged afresh when its hour comes), then the customer, gravest reason first.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

ADULT_YEARS = 18
CAP_DAYS = 30


class Reason(StrEnum):
    """Why a treated customer gets no message; exactly one is kept."""

    CAMPAIGN_CANCELLED = "campaign_cancelled"
    TOO_LATE = "too_late"
    EXPIRED = "expired"
    OVER_BUDGET = "over_budget"
    ERASED = "erased"
    DECEASED = "deceased"
    NO_ADDRESS = "no_address"
    SHARED_ADDRESS = "shared_address"  # another customer of this campaign is written to there
    SUPPRESSED = "suppressed"
    NO_CONSENT = "no_consent"
    CLINIC_HOLDOUT = "clinic_holdout"
    MINOR = "minor"
    ADVERSE_EVENT = "adverse_event"
    OPEN_COMPLAINT = "open_complaint"
    CONTRAINDICATION = "contraindication"
    CLINICAL_INTERVAL = "clinical_interval"
    RETURNED = "returned"
    BOOKED = "booked"
    FREQUENCY_CAP = "frequency_cap"
    EMPTY_FIELD = "empty_field"


@dataclass(frozen=True)
class Facts:
    """All a decision may look at. `at` is aware, in the customer's own zone.

    A service message tells of what the customer booked or had: it needs no yes to marketing and no
    patience, but whoever said no to it, was erased or has no address gets none either.
    """

    at: datetime
    campaign_state: str = "running"
    is_service: bool = False
    is_window_over: bool = False  # the outcome window ended: a recall now would count for nothing
    is_expired: bool = False  # past the message's own not_after
    is_over_budget: bool = False  # it would cost more than the campaign has left
    opens_at: datetime | None = None  # the campaign's hours are over; they begin again then
    respects_quiet_hours: bool = True
    quiet_from_hour: int = 21
    quiet_until_hour: int = 9  # equal to quiet_from_hour: no quiet hours
    is_erased: bool = False
    is_deceased: bool = False
    has_valid_address: bool = True
    is_suppressed: bool = False
    has_consent: bool = True  # to this purpose on this channel
    is_in_clinic_holdout: bool = False  # begun, perhaps, after the audience was frozen
    birth_on: date | None = None
    has_open_adverse_event: bool = False
    has_open_complaint: bool = False  # nobody answered it yet, or it is recent
    has_contraindication: bool = False
    is_in_clinical_interval: bool = False  # a treatment's minimum interval or recovery runs
    has_returned: bool = False  # a purchase day since enrolment
    has_booking: bool = False  # an appointment to come
    n_recent_messages: int = 0  # of all campaigns and channels in the last 30 days …
    max_recent_messages: int = 4
    n_7_days: int = 0  # … in the last seven days
    max_7_days: int | None = None  # None: no limit
    n_1_day: int = 0  # … in the last 24 hours
    max_1_day: int | None = None
    has_empty_field: bool = False  # a merge field without value and without fallback


@dataclass(frozen=True)
class Verdict:
    """Send, skip for one reason, or wait; `until` is None where only a person can end the wait."""

    reason: Reason | None = None
    must_wait: bool = False
    until: datetime | None = None

    @property
    def may_send(self) -> bool:
        return self.reason is None and not self.must_wait


SEND = Verdict()


def decide(facts: Facts) -> Verdict:
    """The verdict on one message at `facts.at`."""
    if facts.campaign_state == "cancelled":
        return Verdict(reason=Reason.CAMPAIGN_CANCELLED)
    if facts.is_window_over or facts.campaign_state == "finished":
        return Verdict(reason=Reason.TOO_LATE)
    if facts.is_expired:
        return Verdict(reason=Reason.EXPIRED)
    if facts.campaign_state != "running":
        return Verdict(must_wait=True)
    if until := facts.opens_at or quiet_until(facts):
        return Verdict(must_wait=True, until=until)
    reason = skip_reason(facts)
    return Verdict(reason=reason) if reason else SEND


def skip_reason(facts: Facts) -> Reason | None:
    """Why this customer is left out whatever the hour, or None."""
    refusals: tuple[tuple[Reason, bool], ...] = (
        (Reason.ERASED, facts.is_erased),
        (Reason.DECEASED, facts.is_deceased),
        (Reason.NO_ADDRESS, not facts.has_valid_address),
        (Reason.SUPPRESSED, facts.is_suppressed),
        (Reason.NO_CONSENT, not facts.has_consent),
        (Reason.EMPTY_FIELD, facts.has_empty_field and facts.is_service),
    )
    if not facts.is_service:
        refusals = (*refusals[:-1], *_marketing_refusals(facts))
    return next((reason for reason, applies in refusals if applies), None)


def _marketing_refusals(facts: Facts) -> tuple[tuple[Reason, bool], ...]:
    return (
        (Reason.CLINIC_HOLDOUT, facts.is_in_clinic_holdout),
        (Reason.MINOR, facts.birth_on is not None and is_minor(facts.birth_on, facts.at.date())),
        (Reason.ADVERSE_EVENT, facts.has_open_adverse_event),
        (Reason.OPEN_COMPLAINT, facts.has_open_complaint),
        (Reason.CONTRAINDICATION, facts.has_contraindication),
        (Reason.CLINICAL_INTERVAL, facts.is_in_clinical_interval),
        (Reason.RETURNED, facts.has_returned),
        (Reason.BOOKED, facts.has_booking),
        (Reason.FREQUENCY_CAP, is_over_cap(facts)),
        (Reason.OVER_BUDGET, facts.is_over_budget),
        (Reason.EMPTY_FIELD, facts.has_empty_field),
    )


def is_over_cap(facts: Facts) -> bool:
    """Whether one more would be too many in any of the three windows."""
    return (
        facts.n_recent_messages >= facts.max_recent_messages
        or (facts.max_7_days is not None and facts.n_7_days >= facts.max_7_days)
        or (facts.max_1_day is not None and facts.n_1_day >= facts.max_1_day)
    )


def quiet_until(facts: Facts) -> datetime | None:
    """The end of the quiet hours `facts.at` lies in, or None outside them."""
    starts, ends = facts.quiet_from_hour, facts.quiet_until_hour
    if not facts.respects_quiet_hours or starts == ends:
        return None
    hour = facts.at.hour
    is_quiet = starts <= hour < ends if starts < ends else hour >= starts or hour < ends
    if not is_quiet:
        return None
    day = facts.at.date() if hour < ends else facts.at.date() + timedelta(days=1)
    return datetime.combine(day, time(ends), tzinfo=facts.at.tzinfo)


def is_minor(birth_on: date | None, on: date) -> bool:
    """Younger than 18 on that day; born on 29 February, the birthday is 1 March. Unknown: no."""
    if birth_on is None:
        return False
    had_birthday = (on.month, on.day) >= (birth_on.month, birth_on.day)
    return on.year - birth_on.year - (not had_birthday) < ADULT_YEARS
