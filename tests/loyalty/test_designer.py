"""The designer, from a draft to what came of it; rules, benefits, proofs and joining."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from loyalty.exceptions import KeyUsedOtherwise, RuleRefused
from loyalty.models import (
    Account,
    ActivityClaim,
    Benefit,
    EarnRule,
    Joining,
    LadderDraft,
    LedgerEntry,
    Programme,
    TierChange,
)
from loyalty.queries.drafts import happened, moves_of
from loyalty.queries.ladders import rules_on
from loyalty.queries.tier_figures import close_to_top, figures_of
from loyalty.rule_words import names_for, sentence
from loyalty.services import activities
from loyalty.services.accrual import accrue, accrue_pending
from loyalty.services.benefits import AskedBenefit, add_benefit
from loyalty.services.enrolment import add_programme, enrol
from loyalty.services.ladders import publish, save_draft
from loyalty.services.programme import Rung as SimpleRung
from loyalty.services.programme import Terms
from loyalty.services.rules import Asked, add_rule, stop_rule
from loyalty.services.tiers import judge
from loyalty.services.what_if import reproduce, run
from loyalty.services.what_if_jobs import ask, work_job
from loyalty.tiering import LadderRules, Need, Rung, rules_from
from tenancy.models import Job
from tests.factories.customers import CustomerFactory, SaleFactory, TreatmentFactory
from tests.factories.loyalty import make_programme
from tests.factories.tenancy import BranchFactory, MembershipFactory
from tests.segmentation.pages_people import made_run, scored

MAY_1 = date(2026, 5, 1)
AT = "2026-05-01T04:00:00+00:00"


@pytest.fixture
def programme(clinic, time_machine):
    time_machine.move_to(AT, tick=False)
    return make_programme()  # Pearl from 0, Jade from 5,000.00, Gold from 20,000.00; 365 days


def buy(net_minor: int, on: date = MAY_1, **more):
    return SaleFactory(net_minor=net_minor, on=on, **more)


def drafted(programme, *, jade: int = 300_000, **more) -> LadderDraft:
    pearl, middle, gold = programme.tiers.on_ladder()
    rungs = (
        Rung(pearl.pk, "Pearl"),
        Rung(middle.pk, "Jade", Need(spend_minor=jade)),
        Rung(gold.pk, "Gold", Need(spend_minor=3_000_000)),
    )
    rules = LadderRules(rungs, **more)
    return save_draft(programme=programme, name="Softer", rules=rules, by=None)


# What-if


def test_a_replay_names_who_rises_and_falls_and_todays_rules_give_todays_tiers(programme):
    rises, falls, stays = buy(400_000), buy(2_500_000), buy(10_000)
    judge(MAY_1)
    draft = drafted(programme)
    forecast = run(draft=draft, as_of=MAY_1)

    assert forecast["reproduced"] == {"n_people": 3, "n_same": 3, "accounts": []}
    assert (forecast["n_rises"], forecast["n_falls"], forecast["n_at_once"]) == (1, 1, 2)
    moved = {
        kind: [move.account.customer for move in moves_of(draft, kind, branch=None)]
        for kind in ("rises", "falls")
    }
    assert moved == {"rises": [rises.customer], "falls": [falls.customer]}
    assert stays.customer not in moved["rises"]
    assert {tier["name"]: tier["n"] for tier in forecast["tiers"]} == {
        "Pearl": 1, "Jade": 2, "Gold": 0,
    }  # fmt: skip


def test_who_falls_and_is_back_within_sixty_days_is_told(programme):
    sale = buy(500_000, date(2025, 1, 10))
    buy(500_000, date(2026, 1, 30), customer=sale.customer)  # 385 days later: twenty days below
    judge(MAY_1)
    draft = drafted(programme, jade=500_000)
    assert run(draft=draft, as_of=MAY_1)["n_returning"] == 1
    patient = drafted(programme, jade=500_000, grace_days=30)
    assert run(draft=patient, as_of=MAY_1)["n_returning"] == 0


def test_costs_of_benefits_are_of_the_people_the_draft_puts_there(programme):
    buy(400_000)
    judge(MAY_1)
    jade = programme.tiers.get(name="Jade")
    asked = AskedBenefit("discount", tier=jade, discount_rate=Decimal("0.05"))
    add_benefit(programme=programme, asked=asked)
    forecast = run(draft=drafted(programme), as_of=MAY_1)

    assert forecast["costs_now"]["benefits"] == 0
    assert forecast["costs_then"]["benefits"] == 20_000  # 5 % of 4,000.00
    assert forecast["costs_then"]["points"] == 4_000  # a point a yuan, worth a fen


@pytest.mark.parametrize("grace", [0, 10])
def test_rules_that_remember_are_reproduced_from_the_day_they_came_into_force(
    programme, time_machine, grace
):
    people = [buy(600_000, MAY_1 - timedelta(days=350 + n)).customer for n in range(4)]
    judge(MAY_1)
    draft = drafted(programme, jade=500_000, grace_days=grace)
    rules = rules_from(draft.rules)
    publish(programme=programme, rules=rules, effective_on=MAY_1, today=MAY_1, by=None)
    for n in range(30):
        on = MAY_1 + timedelta(days=n)
        time_machine.move_to(f"{on}T04:00:00+00:00", tick=False)
        judge(on)  # the night
        if n == 20:
            buy(500_000, on, customer=people[0])
            judge(on, customers=[people[0].pk])
        if n % 7 == 0:
            found = reproduce(programme, as_of=on)
            assert (n, found.n_same, found.accounts) == (n, 4, [])
    tiers = Account.objects.order_by("pk").values_list("tier__name", flat=True)
    assert sorted(tiers) == ["Jade", "Pearl", "Pearl", "Pearl"]


def test_a_tier_that_no_rule_explains_is_named(programme):
    buy(600_000)
    judge(MAY_1)
    account = Account.objects.get()
    Account.objects.update(tier=programme.tiers.get(name="Gold"))

    found = reproduce(programme, as_of=MAY_1)
    assert (found.n_same, found.accounts) == (0, [account.pk])


def test_after_publishing_the_forecast_is_compared_with_what_happened(programme):
    buy(400_000)
    late = buy(10_000)
    judge(MAY_1)
    draft = drafted(programme)
    run(draft=draft, as_of=MAY_1)
    buy(500_000, customer=late.customer)  # nobody could know
    version = publish(
        programme=programme, rules=rules_from(draft.rules), effective_on=MAY_1, today=MAY_1,
        by=None, draft=draft,
    )  # fmt: skip
    judge(MAY_1)

    found = happened(draft, version, branch=None)
    assert (found.n_forecast, found.n_happened, found.n_agree) == (1, 2, 1)
    assert [change.account.customer for change in found.differing] == [late.customer]
    # A published draft stays as it was.
    again = save_draft(programme=programme, name="B", rules=LadderRules(
        (Rung(programme.tiers.get(name="Pearl").pk, "Pearl"),)), by=None, draft=draft)  # fmt: skip
    assert again.pk != draft.pk


def test_a_job_is_done_once_and_a_failure_is_told(programme, django_capture_on_commit_callbacks):
    buy(400_000)
    judge(MAY_1)
    draft = drafted(programme)
    job = ask(draft=draft, by=None)
    assert ask(draft=draft, by=None) == job
    from django.utils import timezone

    work_job(job_id=job.pk, at=timezone.now())
    job.refresh_from_db()
    assert (job.state, job.n_done, job.n_total) == (Job.State.DONE, 100, 100)
    work_job(job_id=job.pk, at=timezone.now())
    assert draft.moves.count() == 1


# Earn rules


def rate(**more) -> Asked:
    return Asked(**({"kind": "rate", "effective_on": MAY_1, "points_per_unit": Decimal(2)} | more))


def test_a_rule_that_contradicts_names_the_other_and_the_day(programme):
    with pytest.raises(RuleRefused) as refusal:
        add_rule(programme=programme, asked=rate(), today=MAY_1, by=None)
    assert refusal.value.field == "conditions"
    assert "1 May 2026" in refusal.value.message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"points_per_unit": Decimal(-1)}, "points_per_unit"),
        ({"points_per_unit": Decimal(10_001)}, "points_per_unit"),
        ({"kind": "multiplier", "multiplier": Decimal(0)}, "multiplier"),
        ({"kind": "multiplier", "multiplier": Decimal(101)}, "multiplier"),
        ({"kind": "cap", "points": 0, "per": "day"}, "points"),
        ({"kind": "cap", "points": 5, "per": ""}, "per"),
        ({"kind": "fixed", "points": 5, "activity": "dancing"}, "activity"),
        ({"kind": "fixed", "points": 5, "activity": "result_photo"}, "activity"),
        ({"effective_on": date(2026, 4, 30)}, "effective_on"),
        ({"until_on": date(2026, 4, 30)}, "until_on"),
        ({"conditions": {"weekdays": [8]}}, "weekdays"),
        ({"conditions": {"tiers": [10**9]}}, "tiers"),
    ],
)
def test_a_rule_that_cannot_be_names_its_field(programme, change, field):
    n_before = EarnRule.objects.count()
    with pytest.raises(RuleRefused) as refusal:
        add_rule(programme=programme, asked=rate(**change), today=MAY_1, by=None)
    assert (refusal.value.field, EarnRule.objects.count()) == (field, n_before)


def test_a_rule_is_replaced_and_stopped_from_a_day_on_and_earlier_sales_keep_theirs(programme):
    asked = rate(conditions={"weekdays": [5]}, name="Friday")
    friday = add_rule(programme=programme, asked=asked, today=MAY_1, by=None)
    week = timedelta(days=7)
    more = rate(conditions={"weekdays": [5]}, effective_on=MAY_1 + week, points_per_unit=Decimal(5))
    newer = add_rule(programme=programme, asked=more, today=MAY_1, by=None, replaces=friday)
    stop_rule(rule=newer, on=MAY_1 + 2 * week, today=MAY_1, by=None)
    for n in range(3):
        buy(10_000, MAY_1 + n * week)
    accrue(on=MAY_1 + 2 * week)

    entries = LedgerEntry.objects.order_by("pk")
    assert [entry.points for entry in entries] == [200, 500, 100]
    assert [entry.rules[0] for entry in entries][:2] == [friday.pk, newer.pk]
    with pytest.raises(RuleRefused):  # somebody else changed it before
        add_rule(programme=programme, asked=more, today=MAY_1, by=None, replaces=friday)


def test_the_sentence_says_what_the_rule_does(programme):
    gold = programme.tiers.get(name="Gold")
    asked = rate(
        kind="multiplier", multiplier=Decimal("2.5"), until_on=date(2026, 5, 3),
        conditions={"tiers": [gold.pk], "weekdays": [5], "categories": ["laser"]},
    )  # fmt: skip
    rule = add_rule(programme=programme, asked=asked, today=MAY_1, by=None)

    assert sentence(rule, names_for([rule], "CNY")) == (
        "Purchases on laser by Gold members on a Friday earn 2.5 times the points."
        " From 1 May 2026 to 3 May 2026."
    )


# Benefits, figures


def test_figures_by_tier_add_up(programme):
    treatment = TreatmentFactory(cost_minor=1_000)
    first = buy(600_000)
    first.lines.all().delete()
    first.lines.create(line_no=1, treatment=treatment, quantity=2, net_minor=600_000)
    buy(100_000, MAY_1 - timedelta(days=400))
    judge(MAY_1)
    jade = programme.tiers.get(name="Jade")
    for asked in (
        AskedBenefit("discount", tier=jade, discount_rate=Decimal("0.1")),
        AskedBenefit("treatment", tier=jade, treatment=treatment, times_a_year=3),
    ):
        add_benefit(programme=programme, asked=asked)

    row = next(
        r for r in figures_of(programme, on=MAY_1, currency="CNY", branch=None) if r.tier == jade
    )
    assert (row.n_members, row.spend_minor, row.margin_minor) == (1, 600_000, 598_000)
    assert row.benefit_cost_minor == 60_000 + 3_000
    # 100 points of a fen, 10 yuan of discount, and half a yuan of treatments.
    assert row.returned_minor == 100 + 1_000 + 50


def test_churn_is_of_those_who_stood_in_the_tier_a_year_ago_and_the_forecast_of_todays(programme):
    long_ago = MAY_1 - timedelta(days=400)
    stays, leaves, rises = (buy(600_000, long_ago).customer for _n in range(3))
    judge(long_ago)
    buy(600_000, customer=stays)
    buy(5_000_000, customer=rises)
    buy(600_000)  # new in the tier: nothing can be said of the year before
    judge(MAY_1)
    run = made_run(MAY_1, is_current=True)
    for customer, probability in ((stays, 0.2), (leaves, 0.9)):
        scored(run, customer, churn_probability=probability)

    found = figures_of(programme, on=MAY_1, currency="CNY", branch=None)

    told = {r.tier.name: (r.n_members, r.churn_rate, r.churn_probability) for r in found}
    assert told == {
        "Gold": (1, None, None), "Jade": (2, pytest.approx(1 / 3), pytest.approx(0.2)),
        "Pearl": (1, None, pytest.approx(0.9)),
    }  # fmt: skip


def test_candidates_are_those_halfway_the_closest_first(programme):
    near, nearer, far = buy(1_100_000), buy(1_900_000), buy(900_000)
    buy(2_000_000)
    judge(MAY_1)
    found = close_to_top(programme, rules_on(programme, MAY_1), on=MAY_1, branch=None)

    assert [(a.customer, a.gap_minor) for a in found] == [
        (nearer.customer, 100_000), (near.customer, 900_000),
    ]  # fmt: skip
    assert far.customer not in [a.customer for a in found]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (AskedBenefit("discount"), "discount_percent"),
        (AskedBenefit("discount", discount_rate=Decimal(2)), "discount_percent"),
        (AskedBenefit("treatment"), "treatment"),
        (AskedBenefit("other"), "name"),
        (AskedBenefit("events", cost_minor=-1), "cost"),
        (AskedBenefit("events", times_a_year=0), "times_a_year"),
    ],
)
def test_a_benefit_that_cannot_be_names_its_field(programme, asked, field):
    with pytest.raises(RuleRefused) as refusal:
        add_benefit(programme=programme, asked=asked)
    assert (refusal.value.field, Benefit.objects.count()) == (field, 0)


# Activities, joining


@pytest.fixture
def account(programme):
    buy(10_000)
    judge(MAY_1)
    return Account.objects.get()


def fixed(programme, activity: str, **more) -> EarnRule:
    asked = rate(kind="fixed", activity=activity, points=50, **more)
    return add_rule(programme=programme, asked=asked, today=MAY_1, by=None)


def test_an_activity_pays_once_a_key_and_not_oftener_than_the_rule_says(programme, account):
    rule = fixed(programme, "survey", most_times_a_year=1)
    made = activities.claim(account=account, activity="survey", key="s1", on=MAY_1)
    assert activities.claim(account=account, activity="survey", key="s1", on=MAY_1) == made
    assert (made.entry.points, made.entry.rules) == (50, [rule.pk])
    with pytest.raises(RuleRefused):
        activities.claim(account=account, activity="survey", key="s2", on=MAY_1)
    with pytest.raises(KeyUsedOtherwise):
        activities.claim(account=account, activity="review", key="s1", on=MAY_1)


def test_sharing_needs_a_proof_and_somebody_who_looks(programme, account):
    fixed(programme, "sharing")
    with pytest.raises(RuleRefused) as refusal:
        activities.claim(account=account, activity="sharing", key="a", on=MAY_1)
    assert refusal.value.field == "proof"
    made = activities.claim(
        account=account, activity="sharing", key="a", on=MAY_1, proof="https://example.org/p"
    )
    assert (made.state, LedgerEntry.objects.filter(reason="Sharing an experience").count()) == (
        "waiting", 0,
    )  # fmt: skip
    by = MembershipFactory()
    from django.utils import timezone

    for _twice in range(2):
        activities.approve(claim_id=made.pk, by=by, at=timezone.now())
    assert LedgerEntry.objects.filter(reason="Sharing an experience").count() == 1


def test_birthday_points_come_once_a_year_and_on_the_28th_for_the_29th(programme, account):
    fixed(programme, "birthday")
    account.customer.birth_on = date(1992, 2, 29)
    account.customer.save()
    on = date(2027, 2, 28)
    assert [activities.give_birthday_points(on=on) for _n in range(2)] == [1, 0]
    assert activities.give_birthday_points(on=date(2028, 2, 28)) == 0
    assert activities.give_birthday_points(on=date(2028, 2, 29)) == 1


def test_a_second_programme_takes_in_whom_it_is_for_and_counts_from_joining_on(programme):
    from segmentation.services.segments import create_segment

    rule = {"match": "all", "conditions": [
        {"attribute": "gender", "operator": "is", "value": ["female"]}]}  # fmt: skip
    segment = create_segment(name="Women", rule=rule, by=None)
    circle = add_programme(
        terms=Terms("Circle", Decimal(3), Decimal(1)), ladder=[SimpleRung("Guest", 0)],
        starts_on=date(2026, 1, 1), today=MAY_1, segment=segment, by=None,
    )  # fmt: skip
    she, he = CustomerFactory(gender="female"), CustomerFactory(gender="male")
    with pytest.raises(RuleRefused) as refusal:
        enrol(programme=circle, customer=he, through="desk", on=MAY_1)
    assert "Women" in refusal.value.message
    buy(10_000, MAY_1 - timedelta(days=1), customer=she)
    enrol(programme=circle, customer=she, through="qr", on=MAY_1)
    enrol(programme=circle, customer=she, through="desk", on=MAY_1)
    buy(10_000, customer=she)
    buy(10_000, customer=he)
    accrue_pending()
    judge(MAY_1)

    assert Joining.objects.get().through == "qr"
    points = LedgerEntry.objects.values_list("account__programme__name", "points")
    assert sorted(points) == [
        ("Circle", 300), ("Member points", 100), ("Member points", 100), ("Member points", 100),
    ]  # fmt: skip
    assert Account.objects.get(programme=circle).tier.name == "Guest"
    assert accrue_pending() == 0


# Pages


def test_an_account_of_a_second_programme_has_its_page_and_is_linked(programme, client_as):
    circle = add_programme(
        terms=Terms("Circle", Decimal(3), Decimal(1)), ladder=[SimpleRung("Guest", 0)],
        starts_on=date(2026, 1, 1), today=MAY_1, segment=None, by=None,
    )  # fmt: skip
    customer = CustomerFactory()
    enrol(programme=circle, customer=customer, through="desk", on=MAY_1)
    buy(10_000, customer=customer)
    accrue_pending()
    own, first = (Account.objects.get(customer=customer, programme=one)
                  for one in (circle, programme))  # fmt: skip
    client = client_as("owner")

    page = client.get(reverse("loyalty:account", args=[own.pk]))
    assert page.context["standing"].account == own
    assert page.context["standing"].spendable_points == 300
    linked = reverse("loyalty:account", args=[own.pk])
    assert linked in client.get(reverse("loyalty:account", args=[first.pk])).content.decode()
    assert linked in client.get(reverse("customers:detail", args=[customer.pk])).content.decode()


def test_rules_of_a_second_programme_are_made_changed_and_stopped_there(programme, client_as):
    circle = add_programme(
        terms=Terms("Circle", Decimal(3), Decimal(1)), ladder=[SimpleRung("Guest", 0)],
        starts_on=date(2026, 1, 1), today=MAY_1, segment=None, by=None,
    )  # fmt: skip
    client, there = client_as("owner"), f"?programme={circle.pk}"
    on = timezone.localdate() + timedelta(days=3)
    given = {"name": "Double", "multiplier": "2", "effective_on": on.isoformat()}

    page = client.get(reverse("loyalty:rules") + there).content.decode()
    new = reverse("loyalty:rule-new", args=["multiplier"]) + there
    assert new in page and "Circle" in page
    assert client.post(new, given).url == reverse("loyalty:rules") + there
    made = EarnRule.objects.get(programme=circle, kind="multiplier")
    change = reverse("loyalty:rule", args=[made.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, given | {"multiplier": "3"}).url == reverse("loyalty:rules") + there
    newest = EarnRule.objects.get(replaces=made)
    client.post(reverse("loyalty:rule-stop", args=[newest.pk]), {"on": on.isoformat()})
    assert EarnRule.objects.filter(programme=circle, is_stop=True).exists()
    assert not EarnRule.objects.filter(programme=programme, kind="multiplier").exists()


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(
    ("name", "n_queries"),
    [("rules", 16), ("ladder", 17), ("benefits", 19), ("tiers", 19), ("candidates", 17),
     ("claims", 16), ("programmes", 15)],
)  # fmt: skip
def test_pages_of_the_designer_ask_the_same_whatever_there_is(
    programme, client_as, n, name, n_queries, django_assert_num_queries
):
    for number in range(n):
        buy(1_500_000)
        fixed(programme, "event", name=f"Event {number}")
        drafted(programme)
    judge(MAY_1)
    for account in Account.objects.all():
        ActivityClaim.objects.create(
            account=account, rule=EarnRule.objects.last(), key=f"k{account.pk}", did_on=MAY_1,
            state="waiting", proof="https://example.org",
        )  # fmt: skip
    client = client_as("owner")
    client.get(reverse(f"loyalty:{name}"))
    with django_assert_num_queries(n_queries):
        assert client.get(reverse(f"loyalty:{name}")).status_code == 200


def test_a_draft_goes_from_form_to_publication(programme, client_as):
    buy(400_000)
    judge(MAY_1)
    client = client_as("owner")
    page = client.get(reverse("loyalty:draft-new"))
    steps = page.context["steps"]
    data = {"name": "Softer", "window": "sliding", "window_days": 365, "year_month": 1,
            "year_day": 1, "grace_days": 0, "falls": "daily", "falls_month": 1, "falls_day": 1,
            "step-TOTAL_FORMS": len(steps.forms), "step-INITIAL_FORMS": len(steps.forms),
            }  # fmt: skip
    for number, form in enumerate(steps.forms):
        for field in ("tier", "name", "spend"):
            data[f"step-{number}-{field}"] = form.initial.get(field) or ""
    data["step-1-spend"] = "0"
    refused = client.post(reverse("loyalty:draft-new"), data)
    assert refused.status_code == 422
    assert "nobody would stay" in refused.text
    data["step-1-spend"] = "3000"
    client.post(reverse("loyalty:draft-new"), data)
    draft = LadderDraft.objects.get()
    assert draft.rules["rungs"][1]["entry"]["spend_minor"] == 300_000

    assert client.post(reverse("loyalty:draft-run", args=[draft.pk])).status_code == 302
    run(draft=draft, as_of=MAY_1)
    shown = client.get(reverse("loyalty:draft", args=[draft.pk])).text
    assert "100 %" in shown
    client.post(reverse("loyalty:draft-publish", args=[draft.pk]), {"effective_on": "2026-05-01"})
    judge(MAY_1)
    assert Account.objects.get().tier.name == "Jade"
    assert "As forecast: 1" in client.get(reverse("loyalty:draft", args=[draft.pk])).text
    change = TierChange.objects.latest("pk")
    receipt = client.get(reverse("loyalty:tier-change", args=[change.pk])).text
    assert "agrees" in receipt


def test_a_rule_is_added_by_the_page_and_a_clash_is_told_there(programme, client_as):
    client = client_as("owner")
    address = reverse("loyalty:rule-new", args=["rate"])
    data = {"name": "Again", "points_per_unit": "2", "effective_on": "2026-05-01"}
    refused = client.post(address, data)
    assert (refused.status_code, "contradicts" in refused.text) == (422, True)
    assert client.post(address, data | {"weekdays": ["5"]}).status_code == 302
    assert "on a Friday" in client.get(reverse("loyalty:rules")).text
    assert client_as("staff").get(address).status_code == 403


def test_one_enrols_from_the_profile_in_one_step(programme, client_as):
    customer = CustomerFactory()
    client = client_as("staff")
    address = reverse("loyalty:enrol", args=[customer.pk])
    assert client.get(address).status_code == 200
    client.post(address, {"programme": Programme.objects.get().pk})
    assert Account.objects.get().customer == customer

    page = client.get(address)
    assert "Already a member of every programme" in page.content.decode()
    assert "Enrol" not in page.content.decode()
    assert client.post(address, {"programme": Programme.objects.get().pk}).status_code == 422


def test_candidates_and_moves_of_other_branches_stay_theirs(programme, client_as):
    here, there = BranchFactory(), BranchFactory()
    ours, theirs = CustomerFactory(home_branch=here), CustomerFactory(home_branch=there)
    for customer in (ours, theirs):
        buy(1_900_000, customer=customer)
    judge(MAY_1)
    draft = drafted(programme, jade=1_000_000)
    run(draft=draft, as_of=MAY_1)
    text = (
        client_as(MembershipFactory(role="staff", branch=here))
        .get(reverse("loyalty:candidates"))
        .text
    )
    assert (ours.name in text, theirs.name in text) == (True, False)
