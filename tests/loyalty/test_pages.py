import re
from datetime import date

import pytest
from django.urls import reverse

from loyalty.invariants import violations
from loyalty.models import Account, LedgerEntry, Programme
from loyalty.services.accrual import accrue_pending
from loyalty.services.redemption import redeem
from loyalty.services.tiers import judge
from tenancy.models import Membership
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.loyalty import AccountFactory, make_programme
from tests.factories.tenancy import BranchFactory, MembershipFactory

MAY_1 = date(2026, 5, 1)
OVERVIEW = "/loyalty/"


def members(n: int, **fields) -> list[Account]:
    """n customers with 200 points and two movements each, judged on 1 May."""
    for _n in range(n):
        customer = CustomerFactory(**fields)
        SaleFactory.create_batch(2, customer=customer, net_minor=10_000, on=MAY_1)
    accrue_pending()
    judge(MAY_1)
    return list(Account.objects.order_by("pk"))


@pytest.fixture
def account(clinic) -> Account:
    make_programme()
    return members(1)[0]


@pytest.fixture
def on_may_1(time_machine):
    time_machine.move_to("2026-05-01T04:00:00+00:00", tick=False)


def test_without_a_programme_the_owner_is_offered_one_and_others_are_not(client_as):
    offer = f'href="{reverse("loyalty:edit")}"'

    assert offer in client_as("owner").get(OVERVIEW).text
    assert offer not in client_as("staff").get(OVERVIEW).text


@pytest.mark.parametrize("n", [1, 3])
def test_the_overview_asks_the_same_whatever_there_is(
    clinic, client_as, n, django_assert_num_queries
):
    make_programme()
    members(n)
    client = client_as("owner")
    client.get(OVERVIEW)

    with django_assert_num_queries(20):
        response = client.get(OVERVIEW)

    assert response.status_code == 200


@pytest.mark.parametrize("n", [1, 3])
def test_a_page_of_movements_asks_the_same_whatever_there_is(
    clinic, client_as, n, django_assert_num_queries
):
    make_programme()
    members(n)
    client = client_as("owner")
    client.get(OVERVIEW)

    with django_assert_num_queries(16):
        response = client.get(OVERVIEW, headers={"HX-Request": "true"})

    assert response.text.count("row-link") == 2 * n


@pytest.mark.parametrize("n", [1, 3])
def test_the_statement_asks_the_same_whatever_there_is(
    account, client_as, n, django_assert_num_queries
):
    for number in range(n):
        redeem(account=account, points=1, on=MAY_1, idempotency_key=str(number))
    client = client_as("owner")
    client.get(OVERVIEW)

    with django_assert_num_queries(18):
        response = client.get(reverse("loyalty:account", args=[account.pk]))

    assert response.status_code == 200


def test_the_overview_says_what_is_owed_and_what_moved(account, client_as, on_may_1):
    redeem(account=account, points=50, on=MAY_1, idempotency_key="a")
    text = client_as("owner").get(OVERVIEW).text

    assert "Every ¥100 spent earns 100 points, and 100 points are worth ¥1.00." in text
    assert "¥1.50" in text  # 150 points outstanding at a cent each
    stats = re.findall(r'class="value">\s*([^<\s]+)', text)
    assert stats == ["¥1.50", "200", "50", "0", "0"]
    tiers = [tier.pk for tier in Programme.objects.get().tiers.on_ladder()]
    assert [f'href="/customers/?tier={pk}"' in text for pk in tiers] == [True, True, True]


def test_the_statement_runs_like_a_bank_statement(account, client_as):
    redeem(account=account, points=50, on=date(2026, 5, 2), idempotency_key="a", reason="Mask")
    text = client_as("staff").get(reverse("loyalty:account", args=[account.pk])).text

    balances = re.findall(r'data-label="Balance" data-align="end">([^<]+)<', text)
    assert balances == ["150", "200", "100"]
    assert "Mask" in text


def confirm_key(text: str) -> str:
    return re.search(r'name="key" value="([0-9a-f]{32})"', text).group(1)


def test_redeeming_takes_two_clicks_and_a_third_changes_nothing(account, client_as, on_may_1):
    client, url = client_as("staff"), reverse("loyalty:redeem", args=[account.pk])
    asked = {"redeem-points": "80", "redeem-reason": "Repair mask"}

    first = client.post(url, asked)
    assert "Redeem 80 points of" in first.text
    assert Account.objects.get().balance == 200

    confirmed = asked | {"key": confirm_key(first.text)}
    assert client.post(url, confirmed).url == reverse("loyalty:account", args=[account.pk])
    assert client.post(url, confirmed).status_code == 302

    entry = LedgerEntry.objects.get(kind="redemption")
    assert (entry.points, entry.reason, entry.posted_on) == (-80, "Repair mask", MAY_1)
    assert entry.actor == Membership.objects.get(role="staff")
    assert Account.objects.get().balance == 120
    assert violations() == []


@pytest.mark.parametrize("points", ["0", "-3", "1.5", "201", "abc", "", "9" * 30, "１２ x"])
def test_redeeming_what_cannot_be_keeps_what_was_typed_and_says_why(account, client_as, points):
    url = reverse("loyalty:redeem", args=[account.pk])
    response = client_as("staff").post(url, {"redeem-points": points, "redeem-reason": "Mask"})

    assert response.status_code == 422
    assert 'class="error" id="id_redeem-points_error"' in response.text
    assert 'value="Mask"' in response.text


def test_points_spent_elsewhere_meanwhile_are_refused_at_the_second_click(account, client_as):
    client, url = client_as("staff"), reverse("loyalty:redeem", args=[account.pk])
    key = confirm_key(client.post(url, {"redeem-points": "150"}).text)
    redeem(account=account, points=100, on=MAY_1, idempotency_key="other till")

    response = client.post(url, {"redeem-points": "150", "key": key})

    assert response.status_code == 422
    assert "There are only 100 points to spend" in response.text


def test_adjusting_needs_a_reason_and_a_manager(account, client_as, on_may_1):
    url = reverse("loyalty:adjust", args=[account.pk])
    asked = {"adjust-points": "-20", "adjust-reason": "Counted twice"}
    manager = client_as("manager")

    assert client_as("staff").post(url, asked).status_code == 403
    assert manager.post(url, asked | {"adjust-reason": " "}).status_code == 422
    key = confirm_key(manager.post(url, asked).text)
    assert manager.post(url, asked | {"key": key}).status_code == 302

    assert Account.objects.get().balance == 180


@pytest.mark.parametrize("role", ["analyst"])
def test_who_only_reads_cannot_redeem(account, client_as, role):
    client = client_as(role)

    assert client.post(reverse("loyalty:redeem", args=[account.pk])).status_code == 403
    page = client.get(reverse("loyalty:account", args=[account.pk])).text
    assert reverse("loyalty:redeem", args=[account.pk]) not in page


def test_a_branch_bound_member_sees_only_that_branch(clinic, client_as):
    make_programme()
    here, there = BranchFactory(), BranchFactory()
    mine, other = (
        members(1, home_branch=here)[0],
        members(1, home_branch=there, name="Elsewhere")[1],
    )
    client = client_as(MembershipFactory(role="staff", branch=here))

    text = client.get(OVERVIEW).text
    assert (mine.customer.name in text, "Elsewhere" in text) == (True, False)
    assert client.get(reverse("loyalty:account", args=[mine.pk])).status_code == 200
    assert client.get(reverse("loyalty:account", args=[other.pk])).status_code == 404
    assert client.post(reverse("loyalty:redeem", args=[other.pk])).status_code == 404


def test_another_clinics_account_is_as_unknown_as_none(account, client_as, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        make_programme()
        foreign = AccountFactory()
    client = client_as("owner")

    for pk in (foreign.pk, 10**9):
        assert client.get(reverse("loyalty:account", args=[pk])).status_code == 404
        assert client.post(reverse("loyalty:redeem", args=[pk])).status_code == 404


def test_the_receipt_of_a_tier_change_is_told_in_words(account, client_as):
    change = account.tier_changes.get()
    text = client_as("staff").get(reverse("loyalty:tier-change", args=[change.pk])).text

    assert "From 2 May 2025 to 1 May 2026 there was a spend of ¥200." in text
    assert "Pearl asks for nothing: every member begins there." in text
    assert "For Jade there is still missing, until 30 Apr 2027: a spend of ¥4,800." in text


def ladder_rows(*rows: tuple[str, str, str, str], n_before: int = 0) -> dict[str, str]:
    data = {"ladder-TOTAL_FORMS": str(len(rows)), "ladder-INITIAL_FORMS": str(n_before)}
    for number, row in enumerate(rows):
        for name, value in zip(("tier_id", "name", "min_spend", "benefits"), row, strict=True):
            data[f"ladder-{number}-{name}"] = value
    return data


TERMS = {
    "name": "Member points", "points_per_unit": "1.5", "point_value": "0.02",
    "points_expire_after_days": "", "breakage_percent": "12.5", "tier_window_days": "365",
    "starts_on": "2026-01-01",
}  # fmt: skip
ROWS = (("", "Pearl", "0", ""), ("", "Jade", "5000.50", "5 % off"), ("", "", "", ""))


def test_the_owner_makes_a_programme(clinic, client_as):
    response = client_as("owner").post(reverse("loyalty:edit"), TERMS | ladder_rows(*ROWS))

    assert response.status_code == 302
    programme = Programme.objects.get()
    assert (programme.point_value_minor, programme.breakage_rate) == (2, pytest.approx(0.125))
    assert programme.points_expire_after_days is None
    assert programme.earn_rules.get().points_per_unit == 1.5
    tiers = programme.tiers.on_ladder().values_list("name", "min_spend_minor", "benefits")
    assert list(tiers) == [("Pearl", 0, ""), ("Jade", 500_050, "5 % off")]


def test_the_owner_edits_the_programme_and_takes_a_tier_away(account, client_as, on_may_1):
    client, url = client_as("owner"), reverse("loyalty:edit")
    assert 'value="Jade"' in client.get(url).text
    pearl, jade, gold = Programme.objects.get().tiers.on_ladder()
    rows = [
        (str(pearl.pk), "Pearl", "0", ""), (str(jade.pk), "", "", ""),
        (str(gold.pk), "Diamond", "100", ""),
    ]  # fmt: skip

    response = client.post(url, TERMS | ladder_rows(*rows, n_before=3))

    assert response.status_code == 302
    tiers = Programme.objects.get().tiers.on_ladder()
    assert [(t.pk, t.name, t.min_spend_minor) for t in tiers] == [
        (pearl.pk, "Pearl", 0), (gold.pk, "Diamond", 10_000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "rows", "place"),
    [
        ({}, [("", "Pearl", "5", "")], "ladder-0-min_spend"),
        ({}, [("", "Pearl", "0", ""), ("", "Jade", "", "")], "ladder-1-min_spend"),
        ({}, [("", "Pearl", "0", ""), ("", "", "9", "")], "ladder-1-name"),
        ({}, [("", "Pearl", "0", ""), ("", "pearl", "9", "")], "ladder-1-name"),
        ({}, [("", "Pearl", "0", ""), ("", "Jade", "1.005", "")], "ladder-1-min_spend"),
        (
            {},
            [("", "Pearl", "0", ""), ("", "A", "9", ""), ("", "B", "9", "")],
            "ladder-2-min_spend",
        ),
        ({}, [("", "", "", "")], "ladder-0-name"),
        ({"points_per_unit": "-1"}, ROWS, "points_per_unit"),
        ({"points_per_unit": "1e99"}, ROWS, "points_per_unit"),
        ({"point_value": "NaN"}, ROWS, "point_value"),
        ({"tier_window_days": "0"}, ROWS, "tier_window_days"),
        ({"breakage_percent": "101"}, ROWS, "breakage_percent"),
        ({"starts_on": "soon"}, ROWS, "starts_on"),
    ],
)
def test_a_programme_that_cannot_be_names_the_field(clinic, client_as, changes, rows, place):
    data = TERMS | changes | ladder_rows(*rows)

    response = client_as("owner").post(reverse("loyalty:edit"), data)

    assert response.status_code == 422
    assert f'id="id_{place}_error"' in response.text
    assert Programme.objects.count() == 0


def test_forms_made_up_by_hand_get_an_answer(clinic, client_as):
    client, url = client_as("owner"), reverse("loyalty:edit")

    for data in ({}, {"name": "x"}, TERMS | {"ladder-TOTAL_FORMS": "9999999"}):
        assert client.post(url, data).status_code == 422


def test_only_the_owner_edits(account, client_as):
    for role in ("manager", "staff", "analyst"):
        assert client_as(role).get(reverse("loyalty:edit")).status_code == 403


def test_the_profile_shows_tier_points_and_progress(account, client_as, on_may_1):
    text = client_as("staff").get(reverse("customers:detail", args=[account.customer_id])).text

    assert "¥4,800.00 more within 365 days reaches Jade." in text
    assert "200 points expire on 30 Apr 2028." in text
    assert f'href="{reverse("loyalty:account", args=[account.pk])}"' in text


def test_the_customers_list_filters_by_tier(account, client_as):
    CustomerFactory(name="Nobody's member")
    text = client_as("staff").get(f"/customers/?tier={account.tier_id}").text

    assert (account.customer.name in text, "Nobody&#x27;s member" in text) == (True, False)


@pytest.mark.parametrize("path", ["", "edit/", "accounts/{pk}/"])
def test_pages_speak_chinese(account, client_as, path):
    client = client_as("owner")
    client.cookies["django_language"] = "zh-hans"
    text = client.get(f"{OVERVIEW}{path.format(pk=account.pk)}").text

    assert 'lang="zh-Hans"' in text
