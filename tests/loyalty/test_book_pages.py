import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Guardian
from loyalty.invariants import violations
from loyalty.models import Account, AdjustmentRequest, Programme
from loyalty.services.accrual import accrue_pending
from loyalty.services.holds import place_hold
from loyalty.services.redemption import redeem
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.loyalty import make_programme
from tests.factories.tenancy import BranchFactory, MembershipFactory

MAY_1 = date(2026, 5, 1)
REDEEMED = ("", "kind=redemption", "reason=mask", "from_on=2026-05-02", "key=redemption", "key=%00")
LEDGER, LIABILITY, REQUESTS = "/loyalty/ledger/", "/loyalty/liability/", "/loyalty/adjustments/"


def members(n: int) -> list[Account]:
    for number in range(n):
        SaleFactory(customer=CustomerFactory(name=f"Person {number}"), on=MAY_1)
    accrue_pending()
    return list(Account.objects.order_by("pk"))


@pytest.fixture
def account(clinic, time_machine) -> Account:
    time_machine.move_to("2026-05-01T04:00:00+00:00", tick=False)
    make_programme()
    return members(1)[0]


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(
    ("address", "n_queries"),
    [(LEDGER, 17), (LIABILITY, 17), (REQUESTS, 16)],
)
def test_pages_of_the_books_ask_the_same_whatever_there_is(
    clinic, client_as, n, address, n_queries, django_assert_max_num_queries
):
    make_programme()
    for one in members(n):
        redeem(account=one, points=1, on=MAY_1, idempotency_key=str(one.pk))
    client = client_as("owner")
    client.get(LEDGER)

    with django_assert_max_num_queries(n_queries):
        response = client.get(address)

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("asked", "n_found"),
    [
        ("", 3), ("customer=Person+1", 1), ("kind=redemption", 1), ("reason=mask", 1),
        ("from_on=2026-05-02", 1), ("until_on=2026-05-01", 2), ("key=redemption", 1),
        ("customer=nobody", 0), ("customer=99999999999999999999999", 0), ("key=%00", 3),
    ],
)  # fmt: skip
def test_the_ledger_is_searched(clinic, client_as, asked, n_found):
    make_programme()
    first, _second = members(2)
    redeem(account=first, points=5, on=date(2026, 5, 2), idempotency_key="x", reason="Repair mask")

    text = client_as("staff").get(f"{LEDGER}?{asked}").text

    assert text.count('class="row-link"') == n_found
    assert text.count("Redeemed</span>") == (asked in REDEEMED)


def test_a_wrong_search_says_what_is_wrong(account, client_as):
    text = client_as("staff").get(f"{LEDGER}?from_on=2026-05-02&until_on=2026-05-01").text
    assert "This day lies before the first one." in text


def test_a_branch_sees_only_its_own(account, client_as):
    client = client_as(MembershipFactory(role="staff", branch=BranchFactory()))
    assert client.get(LEDGER).text.count('class="row-link"') == 0
    assert "Nothing is owed yet" in client.get(LIABILITY).text


def test_the_liability_page_rolls_forward(account, client_as):
    redeem(account=account, points=40, on=MAY_1, idempotency_key="x")
    text = client_as("owner").get(LIABILITY).text

    ends = r'data-label="(?:Opening|Closing)" data-align="end">(?:<strong>)?([\d,]+)'
    cells = re.findall(ends, text)
    assert cells == ["0", "60"]
    assert "Points of only" in text


def test_without_a_programme_the_books_are_empty(clinic, client_as):
    client = client_as("owner")
    assert "Nothing is owed yet" in client.get(LIABILITY).text
    assert client.get(f"{LIABILITY}deferral.csv").status_code == 404
    assert client.get("/loyalty/liability/terms/").status_code == 302


def test_the_books_come_as_files(account, client_as):
    client = client_as("owner")
    rolled = client.get(f"{LIABILITY}roll-forward.csv").content.decode("utf-8-sig")
    deferred = client.get(f"{LIABILITY}deferral.csv").content.decode("utf-8-sig")

    assert rolled.splitlines()[1] == "2026-05,0,100,0,0,0,100"
    assert deferred.splitlines()[1].startswith("2026-05,100.00,100,0,1.00,")
    assert client.get(f"{LIABILITY}other.csv").status_code == 404


def test_the_statement_comes_as_a_file_and_starts_no_formula(account, client_as):
    redeem(account=account, points=40, on=MAY_1, idempotency_key="x", reason="=1+1")
    body = client_as("staff").get(reverse("loyalty:statement", args=[account.pk]))

    lines = body.content.decode("utf-8-sig").splitlines()
    assert lines[2] == "2026-05-01,redemption,-40,60,'=1+1,,,redemption:x"


def test_what_is_pending_and_held_stands_apart(account, client_as):
    Programme.objects.update(pending_days=14)
    SaleFactory(customer=account.customer, on=MAY_1)
    accrue_pending()
    place_hold(
        account=account, points=30, on=MAY_1, at=timezone.now(), idempotency_key="b",
        lasts=timedelta(minutes=5), reason="Laser on Monday",
    )  # fmt: skip

    text = client_as("staff").get(reverse("loyalty:account", args=[account.pk])).text

    assert "70 to spend now" in text
    assert "100 pending, the first until" in text
    assert "30 held for bookings" in text
    assert "Laser on Monday" in text


def confirm_key(text: str) -> str:
    return re.search(r'name="key" value="([0-9a-f]{32})"', text).group(1)


def test_above_the_limit_the_page_asks_a_second_person(account, client_as):
    Programme.objects.update(adjust_limit_points=50)
    client, url = client_as("manager"), reverse("loyalty:adjust", args=[account.pk])
    asked = {"adjust-points": "51", "adjust-reason": "Goodwill"}
    first = client.post(url, asked)
    assert "above the limit" in first.text
    client.post(url, {**asked, "key": confirm_key(first.text)})

    waiting = AdjustmentRequest.objects.get()
    decide = reverse("loyalty:decide", args=[waiting.pk])
    assert (
        "somebody else must decide" in client.post(decide, {"answer": "approve"}, follow=True).text
    )
    assert Account.objects.get().balance == 100
    client_as("owner").post(decide, {"answer": "approve"})
    assert (Account.objects.get().balance, violations()) == (151, [])


def test_the_desk_passes_points_on_inside_the_family_once(account, client_as):
    Programme.objects.update(allows_transfers=True)
    child = CustomerFactory(name="Little One")
    Guardian.objects.create(customer=child, guardian=account.customer, relation="mother")
    client = client_as("staff")
    page = client.get(reverse("loyalty:account", args=[account.pk])).text
    key = re.search(r'name="transfer-key" value="([0-9a-f]{32})"', page).group(1)
    asked = {
        "transfer-receiver": child.pk, "transfer-points": "40", "transfer-reason": "Birthday",
        "transfer-key": key,
    }  # fmt: skip
    url = reverse("loyalty:transfer", args=[account.pk])

    refused = client.post(url, {**asked, "transfer-points": "101"})
    assert "only 100 points to spend" in refused.text
    client.post(url, asked)
    client.post(url, asked)

    balances = Account.objects.order_by("pk").values_list("balance", flat=True)
    assert (list(balances), violations()) == ([60, 40], [])
    stranger = CustomerFactory()
    assert client.post(url, {**asked, "transfer-receiver": stranger.pk}).status_code == 422


def test_the_owner_sets_the_rules_of_the_books(account, client_as):
    url, client = reverse("loyalty:book-terms"), client_as("owner")
    wrong = client.post(url, {"pending_days": "61", "adjust_limit_points": "-1"})
    assert wrong.status_code == 422
    client.post(url, {"pending_days": "14", "adjust_limit_points": "", "allows_transfers": "on"})

    programme = Programme.objects.get()
    assert (programme.pending_days, programme.adjust_limit_points) == (14, None)
    assert programme.allows_transfers
    assert client_as("manager").get(url).status_code == 403


@pytest.mark.parametrize("points", ["0", "-5", "1.5", "abc", "", "1e3", "99999999999999999999"])
def test_odd_points_are_refused_at_the_field(account, client_as, points):
    url = reverse("loyalty:redeem", args=[account.pk])
    response = client_as("staff").post(url, {"redeem-points": points, "redeem-reason": ""})

    assert (response.status_code, Account.objects.get().balance) == (422, 100)
    assert 'aria-invalid="true"' in response.text
