"""Who returned, counted by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from analytics.models import ReadOut
from analytics.queries.read_outs import read_outs_of
from analytics.services.read_outs import measure, measure_all, measure_night
from analytics.tasks import start_nights
from tests.conftest import outside_scope
from tests.factories.campaigns import CampaignFactory, EnrolmentFactory, MessageFactory
from tests.factories.customers import SaleFactory

LAUNCHED_ON = date(2026, 5, 1)
LAST_DAY = date(2026, 5, 31)
LONG_AFTER = date(2026, 8, 1)


def refund(sale, *, on: date, net_minor: int) -> None:
    SaleFactory(
        customer=sale.customer,
        kind="refund",
        refund_of=sale,
        on=on,
        counts_on=sale.counts_on,
        net_minor=net_minor,
    )


def returned(campaign, on: date = LONG_AFTER) -> tuple[int, int]:
    read_out = measure(campaign, on)
    return read_out.n_treated_returned, read_out.n_holdout_returned


def test_campaign_counted_by_hand(campaign, enrol):
    enrol("treated", date(2026, 5, 2), net_minor=30_000)
    enrol("treated", date(2026, 5, 4), date(2026, 5, 20), net_minor=10_000)
    enrol("treated")
    enrol("treated")
    enrol("holdout", date(2026, 5, 10), net_minor=20_000)
    enrol("holdout")

    read_out = measure(campaign, LONG_AFTER)

    assert (read_out.n_treated, read_out.n_treated_returned) == (4, 2)
    assert (read_out.n_holdout, read_out.n_holdout_returned) == (2, 1)
    assert (read_out.treated_net_minor, read_out.holdout_net_minor) == (50_000, 20_000)
    assert read_out.detail["returned_after"]["treated"] == [1, 0, 1] + [0] * 27
    assert read_out.detail["returned_after"]["holdout"] == [0] * 8 + [1] + [0] * 21
    assert read_out.detail["verdict"]["uplift"] == 0
    # amounts 300, 200, 0, 0 and 200, 0: 125 − 100 a head
    assert read_out.detail["money"]["value"] == 2_500
    assert read_out.detail["money"]["low"] < 0 < read_out.detail["money"]["high"]


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (LAUNCHED_ON - timedelta(days=1), False),
        (LAUNCHED_ON, False),  # bought before the message could reach anybody
        (LAUNCHED_ON + timedelta(days=1), True),
        (LAST_DAY, True),
        (LAST_DAY + timedelta(days=1), False),
    ],
)
def test_only_the_window_counts(campaign, enrol, day, counts):
    enrol("treated", day)

    assert returned(campaign) == (int(counts), 0)


def test_the_window_starts_with_each_enrolment(campaign):
    late = EnrolmentFactory(campaign=campaign, enrolled_on=date(2026, 5, 11))
    SaleFactory(customer=late.customer, on=date(2026, 5, 11))
    assert returned(campaign, LAST_DAY) == (0, 0)

    SaleFactory(customer=late.customer, on=date(2026, 5, 12))
    assert returned(campaign, LAST_DAY) == (1, 0)


def test_a_day_refunded_in_full_is_no_return(campaign, enrol):
    sale = enrol("treated", date(2026, 5, 5)).customer.sales.get()
    refund(sale, on=date(2026, 5, 5), net_minor=-10_000)
    other = enrol("treated", date(2026, 5, 5)).customer.sales.get()
    refund(other, on=date(2026, 5, 5), net_minor=-9_999)

    read_out = measure(campaign, LONG_AFTER)

    assert read_out.n_treated_returned == 1
    assert read_out.treated_net_minor == 1


def test_a_refund_counts_from_the_day_it_was_made(campaign, enrol):
    sale = enrol("treated", date(2026, 5, 5)).customer.sales.get()
    refund(sale, on=date(2026, 5, 9), net_minor=-10_000)

    assert returned(campaign, date(2026, 5, 8)) == (1, 0)
    assert returned(campaign, date(2026, 5, 9)) == (0, 0)


def test_a_purchase_of_the_held_out_counts_for_them(campaign, enrol):
    enrol("holdout", date(2026, 5, 9))

    assert returned(campaign) == (0, 1)


def test_everybody_enrolled_counts_with_or_without_a_message(campaign, enrol):
    MessageFactory(enrolment=enrol("treated", date(2026, 5, 3)), state="sent",
                   sent_at=datetime(2026, 5, 1, 5, tzinfo=UTC))  # fmt: skip
    MessageFactory(enrolment=enrol("treated"), state="skipped", skip_reason="no_consent")
    campaign.message_cost_minor = 5

    read_out = measure(campaign, LONG_AFTER)

    assert (read_out.n_treated, read_out.n_treated_returned) == (2, 1)
    assert read_out.cost_minor == 5


def test_a_campaign_of_nobody_is_measured_too(campaign):
    read_out = measure(campaign, LONG_AFTER)

    assert (read_out.n_treated, read_out.n_holdout, read_out.cost_minor) == (0, 0, 0)
    assert read_out.detail["verdict"]["uplift"] is None


def test_a_draft_cannot_be_measured(clinic):
    with pytest.raises(ValueError, match="never launched"):
        measure(CampaignFactory(), LONG_AFTER)


def test_a_day_measured_again_keeps_one_row(campaign, enrol):
    measure(campaign, date(2026, 5, 8))
    enrol("treated", date(2026, 5, 2))

    measure(campaign, date(2026, 5, 8))

    assert [row.n_treated_returned for row in ReadOut.objects.all()] == [1]


def test_after_the_window_the_last_day_stands(campaign, enrol):
    enrol("treated", date(2026, 5, 2))

    early = measure(campaign, LAST_DAY + timedelta(days=14))
    final = measure(campaign, LAST_DAY + timedelta(days=15))

    assert (early.measured_on, early.is_final) == (LAST_DAY, False)
    assert (final.measured_on, final.is_final) == (LAST_DAY, True)
    assert ReadOut.objects.count() == 1


def test_a_final_read_out_is_frozen(campaign, enrol):
    enrol("treated", date(2026, 5, 2))
    measure(campaign, LONG_AFTER)
    enrol("treated", date(2026, 5, 3))  # a file nobody expected any more

    assert measure(campaign, LONG_AFTER).n_treated_returned == 1
    assert read_outs_of([campaign], on=LONG_AFTER)[campaign.pk].n_treated_returned == 1


def test_an_open_window_is_counted_live(campaign, enrol):
    measure(campaign, date(2026, 5, 8))
    enrol("treated", date(2026, 5, 8))

    assert read_outs_of([campaign], on=date(2026, 5, 8))[campaign.pk].n_treated_returned == 1
    assert ReadOut.objects.get().n_treated_returned == 0  # reading a page writes nothing


def test_another_clinics_sales_count_for_nobody(campaign, enrol, other_clinic, in_clinic):
    enrol("treated")
    with in_clinic(other_clinic):
        SaleFactory(on=date(2026, 5, 3))
        assert read_outs_of([], on=LONG_AFTER) == {}

    assert returned(campaign) == (0, 0)


def test_a_night_is_measured_once(clinic, campaign, enrol):
    enrol("treated", date(2026, 5, 2))
    at = datetime(2026, 5, 8, 18, tzinfo=UTC)  # 02:00 of 9 May in Shanghai

    first = measure_night(clinic, at=at)
    again = measure_night(clinic, at=at + timedelta(minutes=5))

    assert [row.measured_on for row in first] == [date(2026, 5, 8)]
    assert again == []


def test_the_beat_measures_each_clinic_in_its_own_night(campaign, enrol, run_tasks):
    enrol("treated", date(2026, 5, 2))

    for hour, n_rows in [(16, 0), (17, 1)]:  # 00:00 and 01:00 of 9 May in Shanghai
        with (
            time_machine.travel(datetime(2026, 5, 8, hour, 1, tzinfo=UTC)),
            run_tasks(),
            outside_scope(),
        ):
            start_nights()
        assert ReadOut.objects.count() == n_rows


def test_a_campaign_that_is_final_is_left_alone_at_night(clinic, campaign):
    measure(campaign, LONG_AFTER)

    assert measure_night(clinic, at=datetime(2026, 8, 5, 18, tzinfo=UTC)) == []


@pytest.mark.parametrize("n", [1, 3])
def test_measuring_asks_a_fixed_number_of_queries(clinic, n, django_assert_num_queries):
    campaigns = [EnrolmentFactory().campaign for _ in range(n)]

    with django_assert_num_queries(5):  # savepoint, final rows, outcomes, upsert, release
        measure_all(campaigns, LONG_AFTER)
