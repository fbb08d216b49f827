"""Points about to expire, as segments ask for them."""

from datetime import date, timedelta

import pytest

from loyalty.models import Account, PointLot
from loyalty.services.accrual import accrue_pending
from segmentation.queries import customers_matching
from segmentation.rules import RuleRefused, clean_rule
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.loyalty import make_programme

TODAY = date(2026, 5, 1)


@pytest.fixture
def members(clinic):
    """Points that end in 10 days, in 29 and 30 (half each), in 31, spent ones, and none at all."""
    make_programme()
    for name, days in {"ten": [10], "two lots": [29, 30], "later": [31], "spent": [10]}.items():
        customer = CustomerFactory(name=name)
        for n_days in days:
            SaleFactory(customer=customer, net_minor=60_000 // len(days), on=TODAY)
            accrue_pending()
            account = Account.objects.get(customer=customer)
            newest = PointLot.objects.filter(account=account).latest("pk")
            PointLot.objects.filter(pk=newest.pk).update(
                expires_on=TODAY + timedelta(days=n_days),
                remaining=0 if name == "spent" else newest.remaining,
            )
    CustomerFactory(name="none")


def names(key: str, operator: str, value=None) -> list[str]:
    condition = {"attribute": key, "operator": operator, "value": value}
    rule = clean_rule({"match": "all", "conditions": [condition]})
    return sorted(customers_matching(rule, on=TODAY).values_list("name", flat=True))


def test_points_that_expire_within_some_days(members):
    assert names("points_end", "in_next_days", 10) == ["ten"]
    assert names("points_end", "in_next_days", 9) == []
    assert names("points_end", "in_next_days", 31) == ["later", "ten", "two lots"]
    assert names("points_end", "is_unknown") == ["none", "spent"]


def test_what_is_over_already_is_not_asked(members):
    with pytest.raises(RuleRefused, match="Use one of: in_next_days"):
        names("points_end", "in_last_days", 30)


def test_points_that_expire_within_thirty_days_are_added_up(members):
    assert names("points_ending_30_days", "at_least", 600) == ["ten", "two lots"]
    assert names("points_ending_30_days", "at_least", 601) == []
    assert names("points_ending_30_days", "at_most", 0) == ["later", "none", "spent"]
    assert names("points_ending_30_days", "between", [300, 600]) == ["ten", "two lots"]
