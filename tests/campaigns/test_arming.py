"""After a restore nothing goes out until a person says so; what is unknown is a person's, too."""

from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Message, ProviderAccount, SendingRules
from campaigns.services import arming, dispatch, expansion, unknowns
from tenancy.models import AuditEntry
from tests.conftest import BrowserClient, in_clinic
from tests.factories.campaigns import CampaignFactory, EnrolmentFactory, MessageFactory

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("n_claims", "told", "armed"),
    [(0, [], True), (5, [5, 5], True), (6, [5], True), (4, [5, 3], False), (5, [], False)],
    ids=["new", "agrees", "ahead by a crash", "restored", "woke up elsewhere"],
)
def test_when_a_database_may_send(n_claims, told, armed):
    assert arming.is_armed(n_claims, told) is armed


@pytest.fixture
def campaign(clinic, reachable):
    for n in range(3):
        reachable(f"Customer {n}")
    made = CampaignFactory(state="launching")
    expansion.expand(campaign_id=made.pk, clinic=clinic, at=NOON)
    made.refresh_from_db()
    return made


def test_a_restored_database_sends_nothing_until_it_is_armed(clinic, campaign, inbox):
    arming.tell_elsewhere(clinic, 41)  # the world knows of claims that this database forgot

    dispatch.send_due(campaign_id=campaign.pk, now=lambda: NOON)
    assert inbox.mails == []
    assert not arming.may_send()

    assert arming.arm(clinic=clinic, by=None) == 1
    arming.tell_elsewhere(clinic, SendingRules.objects.get().n_claims)
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    Campaign.objects.update(state="running")
    dispatch.send_due(campaign_id=campaign.pk, now=lambda: NOON)
    assert len(inbox.mails) == 3
    assert AuditEntry.objects.filter(action="sending.armed").exists()


def test_what_was_to_start_since_the_backup_waits_for_a_person(clinic):
    started = CampaignFactory(state="scheduled", starts_at=timezone.now() - timedelta(hours=1))
    to_come = CampaignFactory(state="scheduled", starts_at=timezone.now() + timedelta(hours=1))

    arming.arm(clinic=clinic, by=None)

    states = dict(Campaign.objects.values_list("pk", "state"))
    assert states == {started.pk: "draft", to_come.pk: "scheduled"}


def test_the_command_arms_one_clinic(clinic, campaign):
    arming.tell_elsewhere(clinic, 41)
    said = StringIO()

    call_command("arm_sending", clinic="north", stdout=said)

    assert arming.may_send()
    assert "1" in said.getvalue()


@pytest.fixture
def unknown(clinic, reachable):
    return MessageFactory(
        enrolment=EnrolmentFactory(customer=reachable(email="anna@mail.example")),
        address="anna@mail.example", state="unknown", handed_at=NOON, claimed_at=NOON,
    )  # fmt: skip


def signed_in(member) -> BrowserClient:
    browser = BrowserClient()
    browser.force_login(member.user)
    return browser


@pytest.mark.parametrize(("said", "state"), [("sent", "sent"), ("again", "queued")])
def test_a_person_says_what_became_of_an_unknown_message(unknown, manager, said, state):
    answer = signed_in(manager).post(
        reverse("providers:settle"), {"message": [unknown.pk, "x"], "said": said}
    )

    assert answer.status_code == 302
    unknown.refresh_from_db()
    assert unknown.state == state
    entry = AuditEntry.objects.get(action__startswith="message.found")
    assert (entry.actor, entry.subject_id) == (manager, unknown.pk)


def test_another_clinics_unknown_message_is_out_of_reach(unknown, other_clinic, manager):
    with in_clinic(other_clinic):
        foreign = MessageFactory(state="unknown", handed_at=NOON, claimed_at=NOON)

    signed_in(manager).post(reverse("providers:settle"), {"message": [foreign.pk], "said": "sent"})

    with in_clinic(other_clinic):
        foreign.refresh_from_db()
    assert foreign.state == "unknown"


def test_the_page_of_unknown_messages_asks_as_little_for_three_as_for_one(
    unknown, reachable, manager, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = signed_in(manager)
    browser.get(reverse("providers:unknown"))
    with CaptureQueriesContext(connection) as one:
        page = browser.get(reverse("providers:unknown"))
    assert "Anna" in page.content.decode()
    for name in ("Bea", "Cleo"):
        MessageFactory(
            enrolment=EnrolmentFactory(campaign=unknown.campaign, customer=reachable(name)),
            state="unknown", handed_at=NOON, claimed_at=NOON,
        )  # fmt: skip
    with CaptureQueriesContext(connection) as three:
        browser.get(reverse("providers:unknown"))
    assert len(three) == len(one)


def test_an_account_keeps_its_secrets_to_itself(clinic, owner):
    browser = signed_in(owner)
    told = {"name": "SMS", "sender": "北方", "price": "5", "c_access_key_id": "LTAI",
            "c_access_key_secret": "very secret", "c_template_code": "SMS_1"}  # fmt: skip

    answer = browser.post(reverse("providers:new", args=["alibaba"]), told)

    account = ProviderAccount.objects.get()
    assert answer.status_code == 302
    assert account.is_active
    page = browser.get(reverse("providers:edit", args=[account.pk])).content.decode()
    assert "very secret" not in page
    assert "LTAI" in page
    browser.post(
        reverse("providers:edit", args=[account.pk]), told | {"c_access_key_secret": "", "price": 6}
    )
    account.refresh_from_db()
    assert "very secret" in account.credentials
    assert account.price_minor == 6
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM campaigns_provideraccount")
        assert "very secret" not in cursor.fetchone()[0]


def test_only_owners_change_providers(clinic, manager, staff):
    assert signed_in(manager).get(reverse("providers:list")).status_code == 200
    assert signed_in(manager).post(reverse("providers:arm")).status_code == 403
    assert signed_in(staff).get(reverse("providers:list")).status_code == 403


def test_who_can_be_asked_is_asked_before_anything_is_repeated(clinic, reachable, monkeypatch):
    from campaigns.channels.contract import Found

    answers = {}

    class Line:
        settle = timedelta(seconds=5)

        def look_up(self, *, reference, address, handed_at):
            return answers[address]

        def close(self):
            """Nothing is open."""

    monkeypatch.setattr(unknowns.Lines, "to", lambda self, channel, account_id: Line())
    for name, found in (("a", Found.TAKEN), ("b", Found.NOT_TAKEN), ("c", Found.CANNOT_SAY)):
        answers[f"{name}@mail.example"] = found
        MessageFactory(
            enrolment=EnrolmentFactory(customer=reachable(name)), address=f"{name}@mail.example",
            state="unknown", handed_at=NOON, claimed_at=NOON, ask_after=NOON,
        )  # fmt: skip

    assert unknowns.look_up_unknown(now=lambda: NOON + timedelta(seconds=2)) == 0
    later = NOON + timedelta(seconds=5)
    assert unknowns.look_up_unknown(now=lambda: later) == 2

    rows = Message.objects.order_by("address").values_list("state", "ask_after")
    assert list(rows) == [
        ("sent", None),
        ("queued", None),
        ("unknown", later + timedelta(seconds=5)),
    ]


def test_a_profile_says_why_a_message_was_left_out(clinic, reachable, owner):
    customer = reachable("Anna Smith")
    MessageFactory(
        enrolment=EnrolmentFactory(customer=customer), state="skipped", skip_reason="open_complaint"
    )

    client, address = signed_in(owner), reverse("campaigns:of-customer", args=[customer.pk])
    profile = client.get(reverse("customers:detail", args=[customer.pk])).content.decode()

    assert f'hx-get="{address}"' in profile
    assert "A complaint is open" in client.get(address).content.decode()
