from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from segmentation.queries import customers_matching
from segmentation.rules import clean_rule
from tests.factories.campaigns import EnrolmentFactory, MessageFactory
from tests.factories.customers import CustomerFactory

ON = date(2026, 5, 31)
FIRST_INSTANT = datetime(2026, 5, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
BEFORE = datetime(2026, 4, 30, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def people(clinic):
    """One who got nothing, one a message in the window, one two, one a message too old."""
    made = {}
    for name, sent in {
        "none": [],
        "one": [FIRST_INSTANT, BEFORE],
        "two": [FIRST_INSTANT, FIRST_INSTANT],
        "old": [BEFORE],
    }.items():
        made[name] = CustomerFactory(name=name)
        for at in sent:
            MessageFactory(
                enrolment=EnrolmentFactory(customer=made[name]), state="sent", sent_at=at
            )
    return made


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("at_least", 1, ["one", "two"]),
        ("at_most", 0, ["none", "old"]),
        ("at_most", 1, ["none", "old", "one"]),
        ("is", 2, ["two"]),
        ("between", [1, 2], ["one", "two"]),
        ("at_least", 0, ["none", "old", "one", "two"]),
    ],
)
def test_messages_in_the_last_thirty_days(people, operator, value, expected):
    condition = {"attribute": "messages_30_days", "operator": operator, "value": value}
    rule = clean_rule({"match": "all", "conditions": [condition]})

    found = customers_matching(rule, on=ON).values_list("name", flat=True)

    assert sorted(found) == expected
