"""What a clinic is made of: everything `generate` needs besides a seed and a last day."""

from dataclasses import dataclass, fields, replace
from typing import Self


@dataclass(frozen=True)
class TreatmentSpec:
    """A row of the price list. interval_days 0: does not recur (surgery, retail, consultation)."""

    code: str
    name: str
    category: str
    price_minor: int
    cost_minor: int
    interval_days: int = 0
    interval_low: int = 0
    interval_high: int = 0
    min_clinical_interval_days: int = 0
    course_length: int = 1  # sessions of one course, interval_days apart
    rest_days: int = 0  # from the last session of a course to the next course
    main_weight: float = 0.0  # how often people first come for it
    second_weight: float = 0.0  # how often it is taken up beside the main treatment


@dataclass(frozen=True)
class BranchSpec:
    code: str
    name: str
    share: float  # of new customers once it is open
    opens_after: float = 0.0  # as a share of the whole history, 0 = open from the first day
    waiting_minutes: float = 14.0  # mean


@dataclass(frozen=True)
class ConsultantSpec:
    code: str
    name: str
    branch: str
    bad_visit_factor: float = 1.0  # multiplies the probability of a bad visit


@dataclass(frozen=True)
class Season:
    """Days around a yearly anchor on which more (or fewer, or no) people come."""

    anchor: str  # "MM-DD" or "spring_festival"
    first_day: int  # relative to the anchor, inclusive
    last_day: int
    factor: float
    is_promotion: bool = False


@dataclass(frozen=True)
class Offer:
    """What a campaign puts before a customer: how it shifts the log-odds of returning.

    shift = base + by_forgetfulness × forgetfulness × dueness + by_price × price sensitivity
            + by_gift × liking of gifts, and −annoyance for those averse to being contacted.
    win_back: cause of leaving → probability that someone who has left returns in the end.
    """

    code: str
    base: float
    by_forgetfulness: float = 0.0
    by_price: float = 0.0
    by_gift: float = 0.0
    annoyance: float = 0.9
    discount_rate: float = 0.0
    gift_cost_minor: int = 0
    win_back: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class ClinicConfig:
    """One clinic. Shares and rates are in 0–1; money is in minor units of `currency`."""

    slug: str
    name: str
    language: str  # "zh-hans" or "en": decides names, phones and spelling
    timezone: str
    currency: str
    n_customers: int
    years: float
    branches: tuple[BranchSpec, ...]
    consultants: tuple[ConsultantSpec, ...]
    treatments: tuple[TreatmentSpec, ...]
    offers: tuple[Offer, ...]
    sources: tuple[tuple[str, float], ...]
    referral_source: str
    districts: tuple[tuple[str, float], ...]  # "city district", "-" for no district
    occupations: tuple[tuple[str, float], ...]  # "-" for unknown
    tags: tuple[tuple[str, float], ...]  # each customer has each tag with this probability
    complaint_reasons: tuple[tuple[str, float], ...]  # the first one is about waiting
    seasons: tuple[Season, ...]
    weekday_weights: tuple[float, ...] = (0.85, 0.8, 0.85, 0.95, 1.1, 1.35, 1.1)
    price_step_minor: int = 1000
    external_id_prefix: str = "C"
    growth: float = 2.0  # new customers a day at the end ÷ at the beginning
    mean_age: float = 34.0
    female_share: float = 0.87
    birth_missing_share: float = 0.22
    phone_missing_share: float = 0.02
    phone_malformed_share: float = 0.05  # too short, so that no number can be made of it
    phone_untidy_share: float = 0.25  # a good number, written in some odd way
    family_phone_share: float = 0.05
    email_share: float = 0.85
    duplicate_share: float = 0.04  # of people, present twice
    email_consent_share: float = 0.8
    sms_consent_share: float = 0.72
    lead_only_share: float = 0.08  # people who ask and never buy
    first_visit_lag_days: float = 9.0
    timing_shape: int = 5  # k of the gamma gaps; 1 would be Poisson
    interval_spread: float = 0.35  # log-sd of the personal part of the interval
    pause_rate: float = 0.05  # gaps that last three times as long (travel, pregnancy)
    second_treatment_rate: float = 0.2  # taken up per good visit
    bad_visit_rate: float = 0.06
    leave_after_first_rate: float = 0.13
    leave_later_rate: float = 0.03
    leave_by_price_rate: float = 0.16
    leave_after_bad_rate: float = 0.38
    moves_away_per_year: float = 0.03
    no_show_rate: float = 0.06
    cancelled_rate: float = 0.07
    walk_in_rate: float = 0.08
    survey_rate: float = 0.34
    complaint_rate: float = 0.3  # of bad visits
    refund_rate: float = 0.14  # of bad visits

    def __post_init__(self) -> None:
        self._check_ranges()
        self._check_references()

    def _check_ranges(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith(("_share", "_rate")) and not 0 <= value <= 1:
                raise ValueError(f"{field.name} must lie between 0 and 1, not {value}.")
        for name in ("n_customers", "years", "growth", "timing_shape", "price_step_minor"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}.")
        if not isinstance(self.timing_shape, int):
            raise ValueError(f"timing_shape must be a whole number, not {self.timing_shape}.")
        if self.language not in ("zh-hans", "en"):
            raise ValueError(f"language must be 'zh-hans' or 'en', not {self.language!r}.")

    def _check_references(self) -> None:
        codes = {branch.code for branch in self.branches}
        for consultant in self.consultants:
            if consultant.branch not in codes:
                raise ValueError(f"consultant {consultant.code}: no branch {consultant.branch!r}.")
        for code in codes - {consultant.branch for consultant in self.consultants}:
            raise ValueError(f"branch {code} has no consultant.")
        for treatment in self.treatments:
            if treatment.interval_days and (
                treatment.min_clinical_interval_days >= treatment.interval_days
            ):
                raise ValueError(
                    f"treatment {treatment.code}: min_clinical_interval_days must be below "
                    f"interval_days ({treatment.interval_days})."
                )
            if treatment.second_weight and not treatment.interval_days:
                raise ValueError(f"treatment {treatment.code}: second_weight needs an interval.")
        if sum(treatment.second_weight > 0 for treatment in self.treatments) < 2:
            raise ValueError("at least two treatments need a second_weight above 0.")
        if self.branches[0].opens_after:
            raise ValueError("the first branch must be open from the first day (opens_after=0).")

    def offer(self, code: str) -> Offer:
        """Raises ValueError naming the offers there are."""
        for offer in self.offers:
            if offer.code == code:
                return offer
        known = ", ".join(offer.code for offer in self.offers)
        raise ValueError(f"no offer {code!r}; this clinic has {known}.")

    def category_rows(self, category: str) -> list[int]:
        return [row for row, spec in enumerate(self.treatments) if spec.category == category]

    def scaled(self, n_customers: int) -> Self:
        """The same clinic with another number of customers."""
        return replace(self, n_customers=n_customers)
