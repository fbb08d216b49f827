"""Who is slipping away and can still be won: why, who looks after it, by when, what came of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from care.models import Task
from care.services.planning import AT_RISK, has_said_no
from segmentation.models import CustomerScore, ScoreRun, Stage
from segmentation.next_step import HIGH_RISK, MEDIUM_RISK, Risk, risk_of
from segmentation.scores_pages.keyset import Place, behind, place_of, read_place
from segmentation.scores_pages.people import for_rows, scores_shown, with_at_stake
from tenancy.models import Branch, Membership
from tenancy.roles import CAPABILITIES

PAGE_ROWS = 25
LOOK_AT_ONCE = 400  # where a reason is asked for: it stands in no column, so rows are read
MOST_LOOKED_AT = 4_000
KEY = "at_stake_minor"
NOBODY = "none"
STAGES = (Stage.NEW, Stage.ACTIVE, Stage.LOYAL, Stage.DORMANT)
REASONS: dict[str, str | Promise] = {
    "wait": _("Away longer than usual"),
    "habit": _("Bought seldom"),
    "pace": _("Comes less often"),
    "spend": _("Spends less"),
    "discount": _("Came for a discount"),
    "missed": _("Missed appointments"),
    "survey": _("Answered a survey badly"),
    "complaint": _("Complained"),
    "new_consultant": _("Has a new consultant"),
    "nothing_wears_off": _("No treatment that wears off"),
}


@dataclass(frozen=True)
class Wanted:
    """What to show; empty is everything. owner: a member's id as text, or NOBODY."""

    risk: str = ""
    stage: str = ""
    branch: str = ""
    owner: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Warned:
    """One customer. call: the open one. last: the one made last. may_call: has not said no."""

    score: CustomerScore
    risk: Risk
    call: Task | None
    last: Task | None

    @property
    def owner(self) -> Membership | None:
        """Who looks after it: who has the call, else the consultant."""
        given_to = self.call.assigned_to if self.call else None
        return given_to or self.score.customer.consultant

    @property
    def kind(self) -> str:
        """The first reason's."""
        why = self.risk.why
        return why.against[0].kind if why and why.against else "wait"

    @property
    def may_call(self) -> bool:
        return not self.score.said_no


@dataclass(frozen=True)
class WarnedPage:
    """next: of the address, "" on the last page. is_cut: looked through so many without filling
    the page; `next` goes on from there."""

    rows: list[Warned]
    next: str
    is_cut: bool = False


@dataclass(frozen=True)
class Total:
    """All that fit, on every page together."""

    n: int
    at_stake_minor: int
    n_without_call: int


def warned_scores(run: ScoreRun, branch: Branch | None) -> QuerySet[CustomerScore]:
    """At medium or high risk and not gone yet, with `at_stake_minor` and `said_no`."""
    scores = scores_shown(run, branch).filter(
        churn_probability__gte=MEDIUM_RISK, last_purchase_on__isnull=False, stage__in=STAGES,
        customer__died_on__isnull=True,
    )  # fmt: skip
    return with_at_stake(scores).annotate(said_no=has_said_no(OuterRef("customer")))


def narrowed(scores: QuerySet[CustomerScore], wanted: Wanted) -> QuerySet[CustomerScore]:
    """All but the reason, which only its sentence knows."""
    if wanted.risk:
        is_high = Q(churn_probability__gte=HIGH_RISK)
        scores = scores.filter(is_high if wanted.risk == "high" else ~is_high)
    if wanted.stage:
        scores = scores.filter(stage=wanted.stage)
    if wanted.branch:
        scores = scores.filter(customer__home_branch=int(wanted.branch))
    if wanted.owner:
        given_to = _open_calls(OuterRef("customer")).values("assigned_to")[:1]
        scores = scores.annotate(
            owner=Coalesce(
                Subquery(given_to), F("customer__consultant"), output_field=BigIntegerField()
            )
        )
        owner = None if wanted.owner == NOBODY else int(wanted.owner)
        scores = scores.filter(owner__isnull=True) if owner is None else scores.filter(owner=owner)
    return scores


def total_of(scores: QuerySet[CustomerScore]) -> Total:
    """One query."""
    has_call = Exists(_open_calls(OuterRef("customer")))
    found = scores.annotate(has_call=has_call).aggregate(
        n=Count("pk"), at_stake=Sum(KEY), without=Count("pk", filter=Q(has_call=False))
    )
    return Total(found["n"], found["at_stake"] or 0, found["without"])


def warned_page(
    scores: QuerySet[CustomerScore], *, at: str, reason: str, today: date, currency: str
) -> WarnedPage:
    """Most at stake first, behind the place of an address ("" for the first page).

    Two queries. With a reason: one more for every LOOK_AT_ONCE customers that have another one.
    """
    found: list[tuple[CustomerScore, Risk]] = []
    n_looked_at, place = 0, read_place(at)
    for score in _looked_through(for_rows(scores), place, size=LOOK_AT_ONCE if reason else 0):
        if len(found) == PAGE_ROWS:
            return WarnedPage(_rows(found), str(place))
        if n_looked_at == MOST_LOOKED_AT:
            return WarnedPage(_rows(found), str(place), is_cut=True)
        n_looked_at, place = n_looked_at + 1, place_of(score, KEY)
        risk = risk_of(score, today, currency)
        if not reason or Warned(score, risk, None, None).kind == reason:
            found.append((score, risk))
    return WarnedPage(_rows(found), "")


def _looked_through(
    scores: QuerySet[CustomerScore], place: Place | None, *, size: int
) -> Iterator[CustomerScore]:
    """size: rows of one look; 0 for one look at one page."""
    while rows := list(behind(scores, KEY, place)[: size or PAGE_ROWS + 1]):
        yield from rows
        if len(rows) < size or not size:
            return
        place = place_of(rows[-1], KEY)


def _rows(found: list[tuple[CustomerScore, Risk]]) -> list[Warned]:
    calls = _calls_of(score.customer_id for score, _risk in found)
    return [_row(score, risk, calls) for score, risk in found]


def _row(score: CustomerScore, risk: Risk, calls: Mapping[int, list[Task]]) -> Warned:
    mine = calls[score.customer_id]
    return Warned(
        score,
        risk,
        call=next((task for task in mine if task.done_at is None), None),
        last=next((task for task in mine if task.done_at is not None), None),
    )


def _calls_of(customer_ids: Iterable[int]) -> Mapping[int, list[Task]]:
    """The calls for this reason, those made last first; one query."""
    calls: defaultdict[int, list[Task]] = defaultdict(list)
    tasks = Task.objects.filter(intent=AT_RISK, customer__in=list(customer_ids))
    for task in tasks.select_related("assigned_to__user").order_by("-done_at", "-pk"):
        calls[task.customer_id].append(task)
    return calls


def _open_calls(customer: OuterRef) -> QuerySet[Task]:
    return Task.objects.filter(intent=AT_RISK, done_at__isnull=True, customer=customer)


def owners(branch: Branch | None) -> list[Membership]:
    """Who can be given a call: those who work on calls, of this branch or of none."""
    members = Membership.objects.filter(
        is_active=True, role__in=CAPABILITIES["tasks.work"]
    ).select_related("user")
    if branch is not None:
        members = members.filter(Q(branch=branch) | Q(branch__isnull=True))
    return list(members.order_by("pk"))
