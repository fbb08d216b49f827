"""The year's festivals beside the clinic's campaigns, and what last year sold around each."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Sum

from campaigns.calendar import Festival, Own, festivals
from campaigns.models import Campaign, OwnFestival
from campaigns.queries.festivals import OWN
from campaigns.queries.visible import visible_campaigns
from customers.models import Sale
from tenancy.models import Branch, Membership

AROUND_DAYS = 7  # the days whose sales are told: six before and the day itself
LEAD_DAYS = 21  # a campaign that starts so long before belongs to the festival


@dataclass(frozen=True)
class Promotion:
    """sold_minor: net of last year's AROUND_DAYS; None where there was no sale at all last year.

    usual_minor: what as many days of last year sold on average.
    """

    festival: Festival
    days_away: int
    last_on: date
    sold_minor: int | None
    usual_minor: int | None
    campaigns: list[Campaign] = field(default_factory=list)

    @property
    def times_usual(self) -> float | None:
        """Last year's sales around the day, over those of a usual week."""
        if not self.sold_minor or not self.usual_minor or self.usual_minor <= 0:
            return None
        return self.sold_minor / self.usual_minor


@dataclass(frozen=True)
class Year:
    """monthly: {year: twelve net sums}, of last year and this."""

    year: int
    promotions: list[Promotion]
    campaigns: list[Campaign]  # of this year that belong to no festival
    monthly: dict[int, list[int]]


def promotions_of(
    year: int, *, on: date, membership: Membership, branch: Branch | None, zone: ZoneInfo
) -> Year:
    """In three queries. Raises YearNotKnown. on: today."""
    own = [
        Own(f"{OWN}{one.pk}", one.name, one.month, one.day, one.since_year)
        for one in OwnFestival.objects.all()
    ]
    last_days = {one.key: one.on for one in festivals(year - 1, own)}
    daily = _daily_sales(year - 1, branch)
    started = _started(year, membership, zone)
    promotions = []
    for one in festivals(year, own):
        near = [(day, campaign) for day, campaign in started if _belongs(day, one.on)]
        promotions.append(
            Promotion(
                one, (one.on - on).days, last_days[one.key],
                _sold_around(daily, last_days[one.key], year - 1), _usual(daily, year - 1),
                [campaign for _day, campaign in near],
            )
        )  # fmt: skip
    taken = {campaign.pk for one in promotions for campaign in one.campaigns}
    others = [campaign for _day, campaign in started if campaign.pk not in taken]
    return Year(year, promotions, others, _monthly(daily, year))


def _daily_sales(from_year: int, branch: Branch | None) -> dict[date, int]:
    """Net by the day it counts towards, of that year and the next."""
    sales = Sale.objects.filter(
        counts_on__gte=date(from_year, 1, 1), counts_on__lt=date(from_year + 2, 1, 1)
    )
    if branch:
        sales = sales.filter(branch=branch)
    days = sales.order_by().values_list("counts_on").annotate(net=Sum("net_minor"))
    return dict(days)


def _started(year: int, membership: Membership, zone: ZoneInfo) -> list[tuple[date, Campaign]]:
    """Campaigns that began, or are to begin, in that year, by their day."""
    dated = [
        (_day_of(one, zone), one)
        for one in visible_campaigns(membership).order_by("pk")
        if one.state != Campaign.State.CANCELLED
    ]
    return [(day, one) for day, one in dated if day and day.year == year]


def _day_of(campaign: Campaign, zone: ZoneInfo) -> date | None:
    if campaign.launched_on:
        return campaign.launched_on
    return campaign.starts_at.astimezone(zone).date() if campaign.starts_at else None


def _belongs(day: date, festival_on: date) -> bool:
    return festival_on - timedelta(days=LEAD_DAYS) <= day <= festival_on


def _sold_around(daily: dict[date, int], day: date, year: int) -> int | None:
    if not any(sold_on.year == year for sold_on in daily):
        return None
    return sum(daily.get(day - timedelta(days=n), 0) for n in range(AROUND_DAYS))


def _usual(daily: dict[date, int], year: int) -> int | None:
    """The mean of as many days, from the first sale of that year on."""
    days = [day for day in daily if day.year == year]
    if not days:
        return None
    n_days = (date(year, 12, 31) - min(days)).days + 1
    return round(sum(daily[day] for day in days) / n_days * AROUND_DAYS)


def _monthly(daily: dict[date, int], year: int) -> dict[int, list[int]]:
    sums = {one: [0] * 12 for one in (year - 1, year)}
    for day, net in daily.items():
        if day.year in sums:
            sums[day.year][day.month - 1] += net
    return sums
