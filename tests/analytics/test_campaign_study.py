"""What a campaign brought, counted by hand and against known truth."""

from datetime import UTC, date, datetime

import pytest

from analytics.queries.campaign_study import campaign_study
from campaigns.models import Step, Variant
from customers.models import SaleLine
from tests.factories.campaigns import EnrolmentFactory, MessageFactory
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.tenancy import BranchFactory

ON = date(2026, 8, 1)
SENT_AT = datetime(2026, 5, 1, 5, tzinfo=UTC)


def cost_goods(enrolment, cost_minor: int) -> None:
    """Every sale of this customer has one line that cost so much."""
    for sale in enrolment.customer.sales.all():
        SaleLine.objects.create(
            sale=sale, line_no=1, net_minor=sale.net_minor, cost_minor=cost_minor
        )


def test_profit_is_net_less_the_cost_of_goods(campaign, enrol):
    cost_goods(enrol("treated", date(2026, 5, 3), net_minor=10_000), 4_000)
    enrol("treated", date(2026, 5, 4), net_minor=2_000)  # nobody said what it cost
    enrol("treated")
    enrol("holdout", date(2026, 5, 9), net_minor=3_000)
    enrol("holdout")

    study = campaign_study(campaign, on=ON)

    assert (study.treated.n, study.treated.net_minor, study.treated.profit_minor) == (
        3, 12_000, 8_000,
    )  # fmt: skip
    assert study.effects["profit"].value == pytest.approx(8_000 / 3 - 1_500)
    assert study.costed_rate == pytest.approx(10_000 / 15_000)


def test_incremental_profit_pays_for_messages_offers_and_roi_follows(campaign, enrol):
    campaign.message_cost_minor, campaign.offer_cost_minor = 50, 700
    campaign.save()
    for _ in range(4):
        MessageFactory(
            enrolment=enrol("treated", date(2026, 5, 3), net_minor=9_000),
            state="sent", sent_at=SENT_AT,
        )  # fmt: skip
    MessageFactory(enrolment=enrol("treated"), state="sent", sent_at=SENT_AT, cost_minor=120)
    MessageFactory(enrolment=enrol("treated"), state="skipped", skip_reason="no_consent")
    for _ in range(3):
        enrol("holdout")

    study = campaign_study(campaign, on=ON)

    assert study.costs.messages_minor == 4 * 50 + 120
    assert study.costs.offer_minor == 4 * 700
    # 36,000 of six treated against nothing
    assert study.incremental_profit.value == pytest.approx(36_000 - 320 - 2_800)
    assert study.roi == pytest.approx((36_000 - 3_120) / 3_120)


def test_second_purchases_are_counted_for_ninety_days_after_the_return(campaign, enrol):
    enrol("treated", date(2026, 5, 3), date(2026, 7, 30))  # 88 days later, long after the window
    enrol("treated", date(2026, 5, 3))
    enrol("treated", date(2026, 5, 3), date(2026, 8, 2))  # one day too late
    enrol("treated", date(2026, 7, 1))  # outside the window: no return
    enrol("holdout")

    study = campaign_study(campaign, on=date(2026, 8, 20))

    assert (study.treated.n_returned, study.treated.n_came_again) == (3, 1)
    assert study.second_purchase.rate == pytest.approx(1 / 3)
    assert not study.is_second_open
    assert campaign_study(campaign, on=date(2026, 7, 1)).is_second_open


def test_earlier_spend_comes_only_from_before_the_day_of_enrolment(campaign, enrol):
    one = enrol("treated", date(2026, 5, 3), net_minor=500)
    SaleFactory(customer=one.customer, on=date(2026, 4, 30), net_minor=7_000)
    SaleFactory(customer=one.customer, on=date(2025, 4, 30), net_minor=90_000)  # too long ago
    enrol("treated")
    enrol("holdout")

    assert campaign_study(campaign, on=ON).treated.before == (7_000, 49_000_000)


def test_variants_are_told_apart_and_no_winner_is_invented(campaign):
    step = Step.objects.create(campaign=campaign, number=1, kind="message", channel="email")
    short, long = (
        Variant.objects.create(step=step, name=name, share=0.5, subject="S", body="B")
        for name in ("Short", "Long")
    )
    for variant, n_back in ((short, 5), (long, 4)):
        for number in range(12):
            one = EnrolmentFactory(campaign=campaign, arm="treated", variant=variant)
            if number < n_back:
                SaleFactory(customer=one.customer, on=date(2026, 5, 5))
    for _ in range(12):
        EnrolmentFactory(campaign=campaign, arm="holdout")

    study = campaign_study(campaign, on=ON)

    assert [(arm.name, arm.n, arm.n_hits["returned"]) for arm in study.variant_arms] == [
        ("Short", 12, 5), ("Long", 12, 4),
    ]  # fmt: skip
    assert study.best_variant is None
    assert {(e.arm, e.outcome) for e in study.variant_effects} == {
        (name, outcome) for name in ("Short", "Long") for outcome in ("returned", "profit")
    }


def test_parts_add_up_to_the_whole(campaign, enrol):
    near, far = BranchFactory(), BranchFactory()
    for branch in (near, near, far, None):
        enrol("treated", date(2026, 5, 3), home_branch=branch)
        enrol("holdout", home_branch=branch)

    study = campaign_study(campaign, on=ON)
    parts = {part.level: part for part in study.parts("branch")}

    assert set(parts) == {str(near.pk), str(far.pk), ""}
    assert sum(part.treated.n for part in parts.values()) == study.treated.n == 4
    assert sum(part.holdout.n for part in parts.values()) == study.holdout.n == 4
    assert parts[str(near.pk)].treated.n_hits == 2
    for dimension in ("stage", "layer", "tier"):
        (only,) = study.parts(dimension)
        assert (only.level, only.treated.n) == ("", 4)


def test_without_a_holdout_nothing_is_claimed(campaign, enrol):
    enrol("treated", date(2026, 5, 3))

    study = campaign_study(campaign, on=ON)

    assert study.effects == {}
    assert (study.incremental_profit, study.roi, study.cost_each) == (None, None, None)


def test_a_split_that_is_not_the_planned_one_is_found(campaign, enrol_many):
    enrol_many("treated", 60, n_returned=0)
    enrol_many("holdout", 10, n_returned=0)  # half was planned

    assert campaign_study(campaign, on=ON).split.is_broken


def test_another_clinic_is_not_counted(campaign, enrol, other_clinic, in_clinic):
    enrol("treated", date(2026, 5, 3))
    with in_clinic(other_clinic):
        SaleFactory(customer=CustomerFactory(), on=date(2026, 5, 3))

    assert campaign_study(campaign, on=ON).treated.net_minor == 10_000


@pytest.mark.parametrize("n", [1, 3])
def test_a_study_asks_a_fixed_number_of_queries(campaign, enrol_many, django_assert_num_queries, n):
    enrol_many("treated", n, n_returned=n)
    enrol_many("holdout", n, n_returned=0)

    with django_assert_num_queries(4):
        study = campaign_study(campaign, on=ON)
    assert study.treated.n == n
