"""Points by API: spent, given back, held; the same again has no second effect."""

import pytest

from loyalty.invariants import violations
from loyalty.models import Account, LedgerEntry
from loyalty.services.accrual import accrue_pending
from tests.factories.customers import IdentityFactory, SaleFactory
from tests.factories.loyalty import make_programme

API = "/api/v1/points/"
WHO = {"source": "booking", "external_id": "C-7", "reference": "till-1"}


@pytest.fixture
def account(clinic) -> Account:
    make_programme()
    identity = IdentityFactory(source="booking", external_id="C-7")
    SaleFactory(customer=identity.customer, net_minor=10_000)
    accrue_pending()
    return Account.objects.get()


def send(client, path: str, **body):
    return client.post(f"{API}{path}", body, content_type="application/json")


def left() -> tuple[int, int]:
    account = Account.objects.get()
    return account.balance, account.held


def test_points_are_spent_once_and_come_back_once(account, api):
    client = api("loyalty.write")
    first = send(client, "redemptions/", **WHO, points=30)
    again = send(client, "redemptions/", **WHO, points=30)

    assert (first.status_code, first.json()["points"]) == (201, -30)
    assert (again.json()["id"], left()) == (first.json()["id"], (70, 0))
    other = send(client, "redemptions/", **WHO, points=31)
    assert (other.status_code, other.json()["errors"][0]["code"]) == (409, "key_used_otherwise")

    for _time in range(2):
        assert send(client, "redemptions/till-1/return/", points=10).json()["points"] == 10
    assert (left(), violations()) == ((80, 0), [])


def test_a_hold_is_redeemed_in_part_and_another_is_released(account, api):
    client = api("loyalty.write")
    made = send(client, "holds/", **WHO, points=60, minutes=10)
    send(client, "holds/", **(WHO | {"reference": "till-2"}), points=40)
    assert (made.json()["state"], left()) == ("open", (100, 100))
    assert (
        send(client, "redemptions/", **WHO, points=1).json()["errors"][0]["code"]
        == "insufficient_points"
    )

    assert send(client, "holds/till-1/redeem/", points=50).json()["balance"] == 50
    assert send(client, "holds/till-2/release/").json()["state"] == "released"
    assert send(client, "holds/till-2/redeem/").json()["errors"][0]["code"] == "hold_ended"
    assert (left(), violations()) == ((50, 0), [])


@pytest.mark.parametrize("points", [0, -5, 1.5, "30", True, 10**15, None, [1]])
@pytest.mark.parametrize("path", ["redemptions/", "holds/"])
def test_odd_points_are_refused_at_the_field(account, api, path, points):
    answer = send(api("loyalty.write"), path, **WHO, points=points)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "points"
    assert LedgerEntry.objects.count() == 1


def test_the_statement_runs_backwards_with_balances(account, api):
    send(api("loyalty.write"), "redemptions/", **WHO, points=30)
    lines = api("customers.read").get(f"{API}booking/C-7/").json()

    assert [(line["kind"], line["points"], line["balance_after"]) for line in lines] == [
        ("redemption", -30, 70), ("accrual", 100, 100),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["redemptions/no/return/", "holds/no/redeem/", "holds/no/release/"]
)
def test_unknown_references_are_not_found(account, api, path):
    assert send(api("loyalty.write"), path).status_code == 404


def test_unknown_customers_and_keys_without_the_scope(account, api):
    nobody = WHO | {"external_id": "nobody"}
    assert send(api("loyalty.write"), "redemptions/", **nobody, points=1).status_code == 404
    assert send(api("customers.read"), "redemptions/", **WHO, points=1).status_code == 403
