"""The proof by faults, small: it holds for the product, and it catches who is careless."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from campaigns.models import Message
from clinic_crm.sending_proof import report
from clinic_crm.sending_proof.verdict import verdict_on
from customers.models import CustomerEvent
from tests.factories.campaigns import EnrolmentFactory, MessageFactory


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_or_doubled_while_workers_die():
    said: list[str] = []

    n_faults = report.run(
        said.append, {"seed": 11, "recipients": 450, "kills": 3, "minutes": 3.0, "page": None}
    )

    assert n_faults == 0, "\n".join(said)
    assert any("The harness catches it" in line for line in said)


@pytest.fixture
def world(clinic):
    """Two messages said to be sent, and told so."""
    messages = [
        MessageFactory(
            enrolment=EnrolmentFactory(), state="sent", sent_at="2026-05-01T12:00Z",
            reference=uuid4(),
        )
        for _ in range(2)
    ]  # fmt: skip
    campaign = messages[0].campaign
    Message.objects.update(campaign=campaign)
    type(messages[0].enrolment).objects.update(campaign=campaign)
    for message in messages:
        CustomerEvent.objects.create(
            kind="message.sent", customer=message.customer, occurred_at="2026-05-01T12:00Z",
            source_key=f"message:{message.pk}",
        )  # fmt: skip
    made = SimpleNamespace(
        clinic=clinic, campaign_id=campaign.pk, n_recipients=2, provider_class="keyed"
    )
    return made, [message.reference.hex for message in messages]


def test_the_verdict_tells_lost_doubled_and_hidden_apart(world):
    made, (first, second) = world

    fine = verdict_on(made, {first: 1, second: 1})
    assert (fine.n_lost, fine.n_doubled, fine.n_hidden, fine.faults) == (0, 0, 0, ())
    assert verdict_on(made, {first: 1}).n_lost == 1
    assert verdict_on(made, {first: 2, second: 1}).n_doubled == 1
    Message.objects.filter(reference=first).update(state="failed")
    hidden = verdict_on(made, {first: 1, second: 1})
    assert hidden.n_hidden == 1
    assert any("on the timeline" in fault for fault in hidden.faults)


@pytest.mark.parametrize(
    ("unclear_at", "error", "is_fault"),
    [(None, "", True), (None, "refused: no", True), ("2026-05-01T12:00Z", "no answer: cut", True),
     ("2026-05-01T12:00Z", "refused: no", False)],
)  # fmt: skip
def test_only_a_no_after_an_unclear_call_leaves_a_keyed_message_unknown(
    world, unclear_at, error, is_fault
):
    made, (first, second) = world
    Message.objects.filter(reference=first).update(
        state="unknown",
        sent_at=None,
        claimed_at="2026-05-01T11:58Z",
        handed_at="2026-05-01T11:59Z",
        unclear_at=unclear_at,
        error=error,
    )
    CustomerEvent.objects.filter(
        source_key=f"message:{Message.objects.get(reference=first).pk}"
    ).delete()

    faults = verdict_on(made, {second: 1}).faults

    assert any("could tell" in fault for fault in faults) == is_fault
