"""The result of a campaign, as its page tells it."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from analytics.models import ReadOut
from analytics.queries.results import Says, results_of
from analytics.services.read_outs import measure
from tests.factories.campaigns import (
    CampaignFactory,
    EnrolmentFactory,
    MessageFactory,
    RunningCampaignFactory,
)
from tests.factories.customers import SaleFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

CLOSED = date(2026, 8, 1)
SENT_AT = datetime(2026, 5, 1, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_august():
    with time_machine.travel(datetime(2026, 8, 1, 4, tzinfo=UTC), tick=False):
        yield


def sentence(page) -> str:
    """The text of the first thing on the page."""
    after = page.content.decode().split('id="sentence"')[1]
    return " ".join(after.split(">", 1)[1].split("</p>")[0].split())


@pytest.fixture
def look(client_as, campaign):
    def at(language: str = "en", role: str = "manager"):
        client = client_as(role)
        client.cookies["language"] = language
        return client.get(f"/analytics/campaigns/{campaign.pk}/")

    return at


def test_brought_back_in_english_and_chinese(look, enrol_many):
    enrol_many("treated", 60, n_returned=30)
    enrol_many("holdout", 60, n_returned=6)

    # 50 % − 10 % = 40 points × 60 = 24; Newcombe 0.237 … 0.532 → 14 … 32
    assert sentence(look()) == (
        "Brought back 24 more customers than would have come anyway, 95 % interval 14–32."
    )
    assert sentence(look("zh-hans")) == "比什么都不做多带回 24 位客户（95% 置信区间 14–32 位）。"


def test_cost_of_each_is_in_the_sentence(look, campaign, enrol_many):
    enrol_many("treated", 60, n_returned=30)
    enrol_many("holdout", 60, n_returned=6)
    campaign.message_cost_minor = 400
    campaign.save()
    for enrolment in campaign.enrolments.filter(arm="treated"):
        MessageFactory(enrolment=enrolment, state="sent", sent_at=SENT_AT)

    # 60 messages at ¥4 ÷ 24 customers
    assert sentence(look()).endswith("95 % interval 14–32; cost ¥10.00 each.")
    assert sentence(look("zh-hans")).endswith("14–32 位），平均每位花费 ¥10.00。")


def test_one_customer_is_singular(campaign, enrol_many, look):
    enrol_many("treated", 1, n_returned=1)
    enrol_many("holdout", 60, n_returned=0)

    assert sentence(look()) == (
        "Brought back 1 more customer than would have come anyway, 95 % interval 0.2–1."
    )


def test_fewer_came_back(look, enrol_many):
    enrol_many("treated", 60, n_returned=6)
    enrol_many("holdout", 60, n_returned=30)

    assert sentence(look()) == (
        "24 customers fewer came back than would have come anyway, 95 % interval 14–32."
    )
    assert sentence(look("zh-hans")).startswith("比什么都不做反而少回来 24 位客户")


def test_cannot_tell(look, enrol_many):
    enrol_many("treated", 40, n_returned=8)
    enrol_many("holdout", 40, n_returned=6)
    page = look()

    assert sentence(page) == (
        "Cannot tell yet: with 80 customers we could only see a difference above 28.1 points."
    )
    assert "would tell it apart from chance" in page.content.decode()
    assert sentence(look("zh-hans")) == (
        "还看不出来：以 80 位客户的规模，只能分辨出 28.1 个百分点以上的差别。"
    )


def test_too_few_to_see_anything(look, enrol_many):
    enrol_many("treated", 1, n_returned=0)
    enrol_many("holdout", 1, n_returned=0)

    assert sentence(look()) == ("Cannot tell yet: 2 customers are too few to see any difference.")
    assert sentence(look("zh-hans")).startswith("还看不出来：只有 2 位客户")


def test_before_anybody_came_nothing_is_told_of_money(look, enrol_many):
    enrol_many("treated", 40, n_returned=0)
    enrol_many("holdout", 10, n_returned=0)

    page = look().content.decode()

    assert "Nobody has bought anything yet, so nothing can be told of money." in page
    assert "0 to " not in page.split('id="effects"')[0].split('class="grid-stats"')[1]
    assert 'id="profit"' not in page


def test_without_a_holdout_no_effect_is_claimed(look, campaign, enrol_many):
    enrol_many("treated", 20, n_returned=9)
    campaign.holdout_rate, campaign.no_holdout_reason = 0.0, "a recall by law"
    campaign.save()
    page = look()

    assert sentence(page) == (
        "9 of 20 came back. How many of them would have come anyway cannot be told,"
        " because nobody was held back."
    )
    text = page.content.decode()
    assert "a recall by law" in text
    assert "Uplift" not in text
    assert "Extra revenue" not in text
    assert sentence(look("zh-hans")).startswith("20 位客户中有 9 位回来。")


def test_nobody_treated(look):
    assert sentence(look()) == "Nobody was treated, so there is nothing to tell."


def test_an_open_window_says_when_it_closes(look, enrol_many):
    enrol_many("treated", 60, n_returned=30)
    enrol_many("holdout", 60, n_returned=6)

    with time_machine.travel(datetime(2026, 5, 30, 4, tzinfo=UTC), tick=False):
        open_page, chinese = look(), look("zh-hans")

    assert "returns count until 31 May 2026, 1 more day." in open_page.content.decode()
    assert "回访计到 2026年5月31日，还有 1 天" in chinese.content.decode()
    assert "The window is still open" not in look().content.decode()


def test_a_draft_has_no_result_yet(client_as):
    page = client_as("manager").get(f"/analytics/campaigns/{CampaignFactory().pk}/")

    assert "Not launched yet" in page.content.decode()


def test_the_funnel_adds_up(look, enrol):
    MessageFactory(enrolment=enrol("treated"), state="sent", sent_at=SENT_AT)
    MessageFactory(enrolment=enrol("treated"), state="skipped", skip_reason="no_consent")
    MessageFactory(enrolment=enrol("treated"), state="failed")
    MessageFactory(enrolment=enrol("treated"), state="queued")
    enrol("holdout")

    seen = look().context

    progress = seen["progress"]
    assert progress.n_enrolled == progress.n_treated + progress.n_holdout == 5
    assert sum(n for _state, _label, n in seen["states"]) == progress.n_treated
    assert [(str(words), n) for _reason, words, n in seen["left_out"]] == [
        ("No consent to this kind of message", 1)
    ]


def test_the_curve_grows_day_by_day(look, enrol):
    enrol("treated", date(2026, 5, 2))
    enrol("treated", date(2026, 5, 4))
    enrol("holdout")

    treated, holdout = look().context["returns_chart"]["series"]

    assert treated["values"][:5] == [0, 0.5, 0.5, 1, 1]
    assert len(treated["values"]) == 31
    assert set(holdout["values"]) == {0}


def test_the_curve_of_an_open_window_ends_today(look, enrol):
    enrol("treated", date(2026, 5, 2))

    with time_machine.travel(datetime(2026, 5, 4, 4, tzinfo=UTC), tick=False):
        chart = look().context["returns_chart"]

    assert chart["labels"] == ["0", "1", "2", "3"]


def test_another_clinics_campaign_is_as_unknown_as_none(client_as, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        foreign = RunningCampaignFactory()
    client = client_as("owner")

    assert client.get(f"/analytics/campaigns/{foreign.pk}/").status_code == 404
    assert client.get("/analytics/campaigns/987654/").status_code == 404


def test_another_branchs_campaign_is_unknown_to_a_bound_member(client_as, campaign):
    campaign.branch = BranchFactory()
    campaign.save()
    member = MembershipFactory(role="manager", branch=BranchFactory())

    assert client_as(member).get(f"/analytics/campaigns/{campaign.pk}/").status_code == 404


@pytest.mark.parametrize(("role", "status"), [("staff", 403), ("analyst", 200)])
def test_results_are_for_those_who_read_analytics(look, role, status):
    assert look(role=role).status_code == status


def test_the_campaigns_page_leads_to_the_result(client_as, campaign, enrol):
    enrol("treated")
    page = client_as("manager").get(f"/campaigns/{campaign.pk}/")

    assert f'href="/analytics/campaigns/{campaign.pk}/"' in page.content.decode()


@pytest.mark.parametrize("is_stored", [True, False])
@pytest.mark.parametrize("n", [1, 3])
def test_a_result_asks_a_fixed_number_of_queries(
    client_as, campaign, enrol_many, django_assert_num_queries, n, is_stored
):
    enrol_many("treated", n, n_returned=n)
    enrol_many("holdout", n, n_returned=0)
    if is_stored:
        measure(campaign, CLOSED)
    client = client_as("manager")
    client.get("/analytics/")  # signing in writes the session

    with django_assert_num_queries(26 if is_stored else 28):
        client.get(f"/analytics/campaigns/{campaign.pk}/")


def test_a_stored_result_says_the_same_as_a_counted_one(campaign, enrol_many):
    enrol_many("treated", 12, n_returned=5)
    enrol_many("holdout", 9, n_returned=2)
    (counted,) = results_of([campaign], on=CLOSED)
    measure(campaign, CLOSED)
    (stored,) = results_of([campaign], on=CLOSED)

    assert stored.read_out.pk == ReadOut.objects.get().pk
    assert stored.says == counted.says == Says.UNCLEAR
    assert stored.verdict == counted.verdict
    assert stored.extra_net_minor == counted.extra_net_minor


def test_what_is_left_after_costs_is_said_in_one_sentence(look, campaign, enrol_many):
    campaign.message_cost_minor, campaign.offer_cost_minor = 100, 500
    campaign.save()
    enrol_many("treated", 60, n_returned=30)
    enrol_many("holdout", 60, n_returned=6)

    page = look()

    said = page.content.decode().split('id="profit-sentence"')[1].split("</p>")[0]
    # 24 more returns of ¥100 − 30 offers of ¥5
    assert "it earned ¥2,250 more profit than would have come anyway" in said
    assert [row.label for row in page.context["effects"]] == [
        "Came back", "Came back and bought again", "Revenue a head", "Profit a head",
    ]  # fmt: skip


def test_a_broken_split_is_said_on_the_page(look, enrol_many):
    enrol_many("treated", 60, n_returned=30)
    enrol_many("holdout", 12, n_returned=3)  # half was planned

    assert "do not trust the comparison" in look().content.decode()


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_result_can_be_taken_along(client_as, campaign, enrol_many, kind):
    enrol_many("treated", 12, n_returned=5)
    enrol_many("holdout", 9, n_returned=2)

    answer = client_as("analyst").get(f"/analytics/campaigns/{campaign.pk}/result.{kind}")

    assert answer["Content-Disposition"] == f'attachment; filename="spring-recall-result.{kind}"'
    if kind == "json":
        told = answer.json()
        assert told["format"] == "clinic_crm.campaign_result/1"
        assert told["effects"][0]["difference"] == 5 / 12 - 2 / 9
        assert [arm["n"] for arm in told["arms"]] == [12, 9]
    else:
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert lines[1].startswith("all,treated,holdout,returned,rate,0.1944")
    missing = client_as("analyst").get(f"/analytics/campaigns/{campaign.pk}/result.xml")
    assert missing.status_code == 404


def test_repeats_are_read_together(look, campaign, enrol_many):
    enrol_many("treated", 60, n_returned=18)
    enrol_many("holdout", 60, n_returned=12)
    for _ in range(2):
        other = RunningCampaignFactory(segment=campaign.segment, holdout_rate=0.5)
        for arm, n_returned in (("treated", 18), ("holdout", 12)):
            for number in range(60):
                one = EnrolmentFactory(campaign=other, arm=arm)
                if number < n_returned:
                    SaleFactory(customer=one.customer, on=date(2026, 5, 3))

    repeats = look().context["repeats"]

    assert len(repeats.results) == repeats.pooled.n == 3
    assert repeats.pooled.fixed.value == pytest.approx(0.1)
    assert repeats.pooled.fixed.low > repeats.results[0].verdict.low
