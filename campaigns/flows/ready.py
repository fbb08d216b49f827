"""The flows themselves."""

from django.utils.translation import gettext_lazy as _

from campaigns.flows import texts
from campaigns.flows.shape import Flow, Said

CARE_REASON = _("Care after a treatment is owed to everybody")
THANKS_REASON = _("Thanks are owed to everybody")
REVIEW_REASON = _("Everybody is asked how it was")


def _care(key: str, days: int, name, said: texts.Both) -> Flow:
    return Flow(
        key,
        "heart-pulse",
        name,
        _("Asks how they are, and says whom to call if something is wrong."),
        "care",
        "after_visit",
        days,
        (Said(said),),
        purpose="service",
        leaves_on_return=False,
        no_holdout_reason=CARE_REASON,
    )


_ALL = (
    Flow(
        "birthday",
        "cake",
        _("Birthday"),
        _("Good wishes on the day, and a small present at the desk."),
        "frequency",
        "birthday",
        0,
        (Said(texts.BIRTHDAY),),
    ),
    Flow(
        "spring_festival",
        "party-popper",
        _("Spring Festival"),
        _("Good wishes some days before the festival."),
        "frequency",
        "festival",
        5,
        (Said(texts.FESTIVAL),),
        detail="spring_festival",
    ),
    Flow(
        "mid_autumn",
        "moon",
        _("Mid-Autumn Festival"),
        _("Good wishes some days before the festival."),
        "frequency",
        "festival",
        5,
        (Said(texts.FESTIVAL),),
        detail="mid_autumn",
    ),
    _care("care_day_1", 1, _("Care after a treatment, day 1"), texts.CARE_DAY_1),
    _care("care_day_7", 7, _("Care after a treatment, day 7"), texts.CARE_DAY_7),
    _care("care_day_30", 30, _("Care after a treatment, day 30"), texts.CARE_DAY_30),
    Flow(
        "first_visit",
        "sprout",
        _("First visit"),
        _("Thanks two days later, and asks again after three weeks if they have not come."),
        "second",
        "first_visit",
        2,
        (Said(texts.FIRST_VISIT), Said(texts.FIRST_VISIT_LATER, after_days=21)),
    ),
    Flow(
        "due",
        "calendar-clock",
        _("Treatment due"),
        _("Reminds a week before the day they are due by their own rhythm."),
        "return",
        "treatment_due",
        7,
        (Said(texts.DUE),),
    ),
    Flow(
        "lapsed",
        "trending-down",
        _("Slipping away"),
        _("Writes when somebody becomes dormant."),
        "return",
        "stage_entered",
        0,
        (Said(texts.MISSED),),
        detail="dormant",
    ),
    Flow(
        "risk",
        "siren",
        _("Churn risk crossed"),
        _("Writes when the risk of losing somebody passes 60 %."),
        "return",
        "risk_crossed",
        0,
        (Said(texts.MISSED),),
        detail="60",
    ),
    Flow(
        "points",
        "coins",
        _("Points about to expire"),
        _("Tells them a month before."),
        "return",
        "points_expiring",
        30,
        (Said(texts.POINTS),),
    ),
    Flow(
        "tier",
        "gem",
        _("Tier about to lapse"),
        _("Tells them a month before their tier would end."),
        "frequency",
        "tier_lapsing",
        30,
        (Said(texts.TIER),),
    ),
    Flow(
        "referral",
        "handshake",
        _("Thanks for a referral"),
        _("Thanks whoever brought somebody, the day after that first visit."),
        "care",
        "referral",
        1,
        (Said(texts.REFERRAL),),
        leaves_on_return=False,
        no_holdout_reason=THANKS_REASON,
    ),
    Flow(
        "review",
        "message-circle-question",
        _("Asking for feedback"),
        _("Asks three days after a visit how it was."),
        "care",
        "after_visit",
        3,
        (Said(texts.REVIEW),),
        leaves_on_return=False,
        no_holdout_reason=REVIEW_REASON,
    ),
    Flow(
        "win_back",
        "waves",
        _("Win back, in three waves"),
        _("Three messages over seven weeks to whoever was lost, until they come."),
        "return",
        "stage_entered",
        0,
        (
            Said(texts.WIN_BACK_1),
            Said(texts.WIN_BACK_2, after_days=21),
            Said(texts.WIN_BACK_3, after_days=28),
        ),
        detail="churned",
    ),
)

FLOWS = {flow.key: flow for flow in _ALL}
