"""«Opened no message since…»: what is reported of messages, as segments ask for it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns.models import Receipt
from segmentation.queries import customers_matching
from segmentation.rules import clean_rule
from segmentation.sentences import sentence_of
from tests.factories.campaigns import EnrolmentFactory, MessageFactory
from tests.factories.customers import CustomerFactory

ON = date(2026, 5, 31)
LATELY = datetime(2026, 5, 20, 4, tzinfo=UTC)


def message_to(customer, *, channel="email"):
    enrolment = EnrolmentFactory(customer=customer)
    return MessageFactory(enrolment=enrolment, state="sent", sent_at=LATELY, channel=channel)


def reported(message, kind, *, days_before=0, is_machine=False):
    at = LATELY - timedelta(days=days_before)
    Receipt.objects.create(
        message=message, customer=message.customer, kind=kind, is_machine=is_machine,
        receipt_id=f"{message.pk}-{kind}-{days_before}", occurred_at=at, received_at=at,
    )  # fmt: skip


@pytest.fixture
def people(clinic):
    """Who opened lately, long ago, only by a scanner, never, and two messages."""
    made = {name: CustomerFactory(name=name) for name in ("lately", "long ago", "machine", "never")}
    reported(message_to(made["lately"]), "opened")
    reported(message_to(made["long ago"]), "opened", days_before=90)
    reported(message_to(made["machine"]), "opened", is_machine=True)
    message_to(made["never"])
    made["two"] = CustomerFactory(name="two")
    for channel in ("email", "sms"):
        twice_opened = message_to(made["two"], channel=channel)
        reported(twice_opened, "opened")
        reported(twice_opened, "opened", days_before=1)
    return made


def names(**condition) -> list[str]:
    rule = clean_rule({"match": "all", "conditions": [condition]})
    return sorted(customers_matching(rule, on=ON).values_list("name", flat=True))


NEVER = {"operator": "never"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, ["lately", "long ago", "two"]),
        ({"period": {"operator": "in_last_days", "value": 30}}, ["lately", "two"]),
        ({"count": NEVER, "period": {"operator": "since", "value": "2026-04-01"}},
         ["long ago", "machine", "never"]),
        ({"count": {"operator": "at_least", "value": 2}}, ["two"]),
        ({"count": {"operator": "at_least", "value": 3}}, []),
        ({"where": {"channel": ["sms"]}}, ["two"]),
    ],
)  # fmt: skip
def test_openings_by_people_are_counted_by_message(people, condition, expected):
    assert names(event="message_opened", **condition) == expected


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("message_delivered", "delivered"), ("message_clicked", "clicked"),
        ("message_replied", "replied"), ("message_complained", "complained"),
    ],
)  # fmt: skip
def test_other_reports_are_events_too(people, key, kind):
    message = message_to(people["never"])
    reported(message, kind)

    assert names(event=key) == ["never"]
    assert names(event=key, where={"campaign": [message.campaign_id]}) == ["never"]
    assert "never" not in names(event=key, count=NEVER)


def test_the_sentence_says_it(clinic):
    condition = {
        "event": "message_opened", "count": NEVER,
        "period": {"operator": "in_last_days", "value": 90},
    }  # fmt: skip
    said = sentence_of({"match": "all", "conditions": [condition]}, currency="CNY")

    assert said == "Customers who have opened no message in the last 90 days"
