"""Sending over a real SMTP server: once each, nothing lost, whatever goes wrong on the way."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from campaigns.channels.email import channel_of_settings
from campaigns.models import Campaign, Enrolment, Message, ProviderAccount
from campaigns.services import claiming, control, dispatch, expansion, sweep
from campaigns.services.outcomes import Became, Outcome
from campaigns.services.providers import Lines
from customers.models import Customer, CustomerEvent, CustomerHealth, Interaction
from customers.services.adverse_events import note_event
from tenancy.webhook_signatures import new_secret
from tests.factories.campaigns import (
    CampaignFactory,
    EnrolmentFactory,
    MessageFactory,
    RunningCampaignFactory,
    SuppressionFactory,
)
from tests.factories.customers import (
    AppointmentFactory,
    ContactPointFactory,
    SaleFactory,
    TreatmentFactory,
)
from tests.factories.tenancy import MembershipFactory

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def clock(at: datetime = NOON):
    return lambda: at


def launched(clinic, **fields) -> Campaign:
    campaign = CampaignFactory(state="launching", **fields)
    expansion.expand(campaign_id=campaign.pk, clinic=clinic, at=NOON)
    campaign.refresh_from_db()
    return campaign


def send(campaign: Campaign, at: datetime = NOON) -> None:
    dispatch.send_due(campaign_id=campaign.pk, now=clock(at))


def states(campaign: Campaign) -> list[tuple[str, str]]:
    return list(campaign.messages.order_by("customer_id").values_list("state", "skip_reason"))


def test_message_reaches_its_customer_with_one_click_unsubscribe(clinic, reachable, inbox):
    anna = reachable("Anna Smith", email="Anna@Mail.example")
    campaign = launched(clinic)

    send(campaign)

    (mail,) = inbox.mails
    message = campaign.messages.get()
    assert mail.envelope_to == ["anna@mail.example"]
    assert mail["Subject"] == "We miss you, Anna"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].strip().startswith("<http")
    assert mail["List-Unsubscribe"].endswith("/>")
    assert mail["Message-ID"].startswith(f"<{message.reference.hex}@")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert (message.state, message.sent_at, message.n_tries) == ("sent", NOON, 1)
    assert list(
        CustomerEvent.objects.filter(kind="message.sent").values_list("customer", "source_key")
    ) == [(anna.pk, f"message:{message.pk}")]


def test_sending_twice_sends_once(clinic, reachable, inbox):
    reachable()
    campaign = launched(clinic)

    send(campaign)
    send(campaign)
    expansion.expand(campaign_id=campaign.pk, clinic=clinic, at=NOON)
    send(campaign)

    assert len(inbox.mails) == 1
    assert Enrolment.objects.count() == 1


def test_a_whole_audience_goes_over_one_connection(clinic, reachable, inbox, monkeypatch):
    monkeypatch.setattr(claiming, "CHUNK", 3)
    customers = [reachable(f"Customer {n}") for n in range(8)]
    campaign = launched(clinic)

    send(campaign)

    assert len(inbox.mails) == len(customers)
    assert inbox.n_connections == 1


@pytest.mark.parametrize(
    "against",
    [
        ("no_address", lambda c: c.contact_points.all().delete()),
        ("no_consent", lambda c: c.consents.update(withdrawn_at=NOON)),
        ("suppressed", lambda c: SuppressionFactory(address=c.contact_points.get().value)),
        ("minor", lambda c: type(c).objects.filter(pk=c.pk).update(birth_on=date(2010, 1, 1))),
        ("returned", lambda c: SaleFactory(customer=c, on=date(2026, 5, 1))),
        ("booked", lambda c: AppointmentFactory(customer=c, starts_at=NOON + timedelta(days=3))),
    ],
    ids=lambda against: against[0],
)
def test_each_gate_is_asked_at_the_moment_of_sending(clinic, reachable, inbox, against):
    reason, speak_against = against
    other, customer = reachable("Bea"), reachable("Carl")
    campaign = launched(clinic)

    speak_against(customer)
    send(campaign)

    assert states(campaign) == [("sent", ""), ("skipped", reason)]
    assert [mail.envelope_to for mail in inbox.mails] == [[other.contact_points.get().value]]


def test_a_refund_of_the_whole_day_is_no_return(clinic, reachable, inbox):
    customer = reachable()
    campaign = launched(clinic)
    sale = SaleFactory(customer=customer, on=date(2026, 5, 1))
    SaleFactory(customer=customer, kind="refund", refund_of=sale, net_minor=-10_000)

    send(campaign)

    assert states(campaign) == [("sent", "")]


def test_a_cancelled_appointment_is_no_booking(clinic, reachable, inbox):
    customer = reachable()
    AppointmentFactory(customer=customer, starts_at=NOON + timedelta(days=3), status="cancelled")
    campaign = launched(clinic)

    send(campaign)

    assert states(campaign) == [("sent", "")]


def test_frequency_cap_counts_all_campaigns_of_thirty_days(clinic, reachable, inbox):
    clinic.max_messages_30_days = 1
    clinic.save()
    reachable()
    first, second = launched(clinic), launched(clinic)

    send(first)
    send(second, NOON + timedelta(days=29))
    third = launched(clinic)
    send(third, NOON + timedelta(days=30, minutes=1))

    assert [states(c) for c in (first, second)] == [
        [("sent", "")],
        [("skipped", "frequency_cap")],
    ]
    assert states(third) == [("sent", "")]


def test_quiet_hours_put_the_message_off_until_morning(clinic, reachable, inbox):
    reachable()
    campaign = launched(clinic)

    send(campaign, NOON.replace(hour=22))

    message = campaign.messages.get()
    morning = NOON.replace(day=2, hour=9)
    assert (message.state, message.due_at, inbox.mails) == ("queued", morning, [])
    send(campaign, morning)
    assert len(inbox.mails) == 1


def test_quiet_hours_are_those_of_the_customers_own_zone(clinic, reachable, inbox):
    """At noon in Shanghai it is five in the morning in London; in Tokyo one in the afternoon."""
    for name, zone in (("Ann", "Europe/London"), ("Bea", "Asia/Tokyo"), ("Cleo", "")):
        Customer.objects.filter(pk=reachable(name).pk).update(zone=zone)
    campaign = launched(clinic)

    send(campaign)

    assert [state for state, _why in states(campaign)] == ["queued", "sent", "sent"]
    waiting = campaign.messages.get(state="queued")
    assert waiting.due_at == datetime(2026, 5, 1, 9, 0, tzinfo=ZoneInfo("Europe/London"))


def test_an_empty_field_without_fallback_leaves_the_customer_out(clinic, reachable, inbox):
    reachable("Anna Smith")
    campaign = launched(clinic, body="Your {{ last_treatment }} is due.")

    send(campaign)

    assert states(campaign) == [("skipped", "empty_field")]


def test_server_down_loses_nothing_and_sends_when_it_is_back(clinic, reachable, mail_server):
    for n in range(3):
        reachable(f"Customer {n}")
    campaign = launched(clinic)

    send(campaign)
    assert states(campaign) == [("queued", "")] * 3
    assert {m.error for m in campaign.messages.all()} == {
        "", "provider unavailable: ConnectionRefusedError 111",
    }  # fmt: skip

    inbox = mail_server()
    send(campaign)  # the back-off has not passed
    assert inbox.mails == []
    send(campaign, NOON + timedelta(minutes=2))
    assert states(campaign) == [("sent", "")] * 3
    assert len(inbox.mails) == 3


def test_line_lost_after_the_text_is_unknown_and_never_repeated(clinic, reachable, inbox):
    reachable("Anna", email="anna@mail.example")
    reachable("Bea", email="bea@mail.example")
    inbox.hang_up_on = {"anna@mail.example"}
    campaign = launched(clinic)

    send(campaign)
    inbox.hang_up_on = set()
    sweep.sweep(clinic=clinic, at=NOON + timedelta(minutes=11))
    send(campaign, NOON + timedelta(hours=1))

    assert states(campaign) == [("unknown", ""), ("sent", "")]
    assert len(inbox.mails_to("anna@mail.example")) == 1
    assert len(inbox.mails_to("bea@mail.example")) == 1


def test_refused_recipient_fails_and_stops_nobody_else(clinic, reachable, inbox):
    reachable("Anna", email="anna@mail.example")
    reachable("Bea", email="bea@mail.example")
    inbox.answers = {"anna@mail.example": "550 no such mailbox"}
    campaign = launched(clinic)

    send(campaign)

    assert states(campaign) == [("failed", ""), ("sent", "")]
    assert campaign.messages.get(state="failed").error == "refused: 550"


def test_full_mailbox_is_tried_later_and_given_up_at_last(clinic, reachable, inbox):
    reachable("Anna", email="anna@mail.example")
    inbox.answers = {"anna@mail.example": "452 mailbox full"}
    campaign = launched(clinic)

    at = NOON
    for n_tries in range(1, dispatch.MAX_TRIES):
        send(campaign, at)
        assert states(campaign) == [("queued", "")]
        at = max(campaign.messages.get().due_at, at)
        assert campaign.messages.get().n_tries == n_tries
    send(campaign, at)

    assert states(campaign) == [("failed", "")]


def test_crash_before_hand_over_neither_loses_nor_doubles(clinic, reachable, inbox):
    for n in range(3):
        reachable(f"Customer {n}")
    campaign = launched(clinic)

    dispatch.claim(campaign_id=campaign.pk, at=NOON)  # and the worker is gone
    send(campaign, NOON + timedelta(minutes=5))
    assert inbox.mails == []
    sweep.sweep(clinic=clinic, at=NOON + timedelta(minutes=11))
    send(campaign, NOON + timedelta(minutes=11))

    assert states(campaign) == [("sent", "")] * 3
    assert sorted(m["To"] for m in inbox.mails) == sorted(
        Message.objects.values_list("address", flat=True)
    )


def test_crash_between_hand_over_and_mark_is_unknown_and_not_repeated(clinic, reachable, inbox):
    reachable("Anna", email="anna@mail.example")
    reachable("Bea", email="bea@mail.example")
    campaign = launched(clinic)

    chunk = dispatch.claim(campaign_id=campaign.pk, at=NOON)
    anna = min(chunk.claimed, key=lambda one: one.slip.customer_id)
    assert dispatch.about_to_hand([anna], NOON) == {anna.pk}
    channel_of_settings().send(anna.envelope)
    # and the worker is gone: the server has Anna's mail, nobody noted it
    sweep.sweep(clinic=clinic, at=NOON + timedelta(minutes=11))
    send(campaign, NOON + timedelta(minutes=11))

    assert states(campaign) == [("unknown", ""), ("sent", "")]
    assert len(inbox.mails) == 2


def test_worker_that_lost_its_claim_sends_nothing(clinic, reachable, inbox):
    reachable()
    campaign = launched(clinic)
    slow = dispatch.claim(campaign_id=campaign.pk, at=NOON)
    later = NOON + timedelta(minutes=11)
    sweep.sweep(clinic=clinic, at=later)
    send(campaign, later)

    dispatch.hand_over_all(slow, Lines(), clock(later))

    assert len(inbox.mails) == 1
    assert states(campaign) == [("sent", "")]


def test_late_answer_turns_unknown_into_sent(clinic, reachable, inbox):
    reachable()
    campaign = launched(clinic)
    (claimed,) = dispatch.claim(campaign_id=campaign.pk, at=NOON).claimed
    dispatch.about_to_hand([claimed], NOON)
    sweep.sweep(clinic=clinic, at=NOON + timedelta(minutes=11))
    assert states(campaign) == [("unknown", "")]

    dispatch.mark_sent([Outcome(claimed, Became.SENT)], at=NOON + timedelta(minutes=12))

    assert states(campaign) == [("sent", "")]


@pytest.mark.parametrize("stop", [control.pause, control.cancel])
def test_stopping_reaches_even_what_is_claimed(clinic, reachable, inbox, manager, stop):
    reachable()
    campaign = launched(clinic)
    chunk = dispatch.claim(campaign_id=campaign.pk, at=NOON)

    stop(campaign=campaign, by=manager)
    dispatch.hand_over_all(chunk, Lines(), clock())

    assert inbox.mails == []
    assert states(campaign) == [("queued", "")]


def test_a_pause_between_two_calls_holds_back_everything_not_yet_called(
    clinic, reachable, inbox, manager
):
    for n in range(12):
        reachable(f"Customer {n}")
    campaign = launched(clinic)
    chunk = dispatch.claim(campaign_id=campaign.pk, at=NOON)
    assert len(chunk.claimed) == 12

    def pausing_clock():
        if inbox.mails and Campaign.objects.get(pk=campaign.pk).state == "running":
            control.pause(campaign=campaign, by=manager)
        return NOON

    assert not dispatch.hand_over_all(chunk, Lines(), pausing_clock)

    n_sent = len(inbox.mails)
    assert 0 < n_sent <= 4  # what one look at the campaign let through
    assert sorted(states(campaign)) == [("queued", "")] * (12 - n_sent) + [("sent", "")] * n_sent


def test_resumed_campaign_goes_on_where_it_stood(clinic, reachable, inbox, manager):
    reachable()
    campaign = launched(clinic)
    control.pause(campaign=campaign, by=manager)
    send(campaign)
    assert inbox.mails == []

    control.resume(campaign=campaign, by=manager)
    send(campaign)

    assert len(inbox.mails) == 1


def test_cancelled_campaign_leaves_out_the_rest_with_its_reason(clinic, reachable, inbox, manager):
    reachable()
    campaign = launched(clinic)

    control.cancel(campaign=campaign, by=manager)
    send(campaign)

    assert states(campaign) == [("skipped", "campaign_cancelled")]


def test_what_returned_to_a_cancelled_campaign_is_left_out_by_the_sweeper(
    clinic, reachable, inbox, manager
):
    reachable()
    campaign = launched(clinic)
    chunk = dispatch.claim(campaign_id=campaign.pk, at=NOON)
    control.cancel(campaign=campaign, by=manager)
    dispatch.hand_over_all(chunk, Lines(), clock())

    sweep.sweep(clinic=clinic, at=NOON)

    assert states(campaign) == [("skipped", "campaign_cancelled")]


def test_campaign_ends_with_its_window_and_late_messages_are_left_out(clinic, reachable, inbox):
    reachable()
    campaign = launched(clinic, outcome_window_days=30)

    sweep.sweep(clinic=clinic, at=NOON + timedelta(days=30))
    campaign.refresh_from_db()
    assert campaign.state == "running"
    sweep.sweep(clinic=clinic, at=NOON + timedelta(days=31))
    campaign.refresh_from_db()

    assert campaign.state == "finished"
    assert states(campaign) == [("skipped", "too_late")]


def test_markup_in_a_name_stays_text(clinic, reachable, inbox):
    reachable("<b>Eve</b> & <script>alert(1)</script>")
    campaign = launched(clinic, subject="Hi", body="Dear {{ customer_name }} <i>now</i>")

    send(campaign)

    (mail,) = inbox.mails
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "Dear <b>Eve</b> & <script>alert(1)</script> <i>now</i>" in text
    assert "<script" not in html
    assert "&lt;b&gt;Eve&lt;/b&gt; &amp; &lt;script&gt;" in html
    assert "&lt;i&gt;now&lt;/i&gt;" in html


def test_a_name_with_line_breaks_adds_no_header(clinic, reachable, inbox):
    reachable("Eve\r\nBcc: all@mail.example")
    campaign = launched(clinic, subject="For {{ customer_name }}")

    send(campaign)

    (mail,) = inbox.mails
    assert mail["Subject"] == "For Eve Bcc: all@mail.example"
    assert mail["Bcc"] is None


def test_an_address_with_a_line_break_is_no_address(clinic, reachable, inbox):
    customer = reachable()
    customer.contact_points.all().delete()
    ContactPointFactory(customer=customer, value="eve@mail.example\nBcc: all@mail.example")
    campaign = launched(clinic)

    send(campaign)

    assert states(campaign) == [("skipped", "no_address")]
    assert inbox.mails == []


def test_an_address_corrected_since_launch_is_not_written_to(clinic, reachable, inbox):
    customer = reachable(email="old@mail.example")
    campaign = launched(clinic)
    customer.contact_points.update(value="new@mail.example")

    send(campaign)

    assert states(campaign) == [("skipped", "no_address")]


def test_chinese_customer_gets_a_chinese_frame(clinic, reachable, inbox):
    reachable("王小明", gender="female", language="zh-hans")
    campaign = launched(clinic, subject="{{ salutation }}，好久不见", body="{{ salutation }}您好")

    send(campaign)

    (mail,) = inbox.mails
    assert mail["Subject"] == "王女士，好久不见"
    assert 'lang="zh-Hans"' in mail.get_body(("html",)).get_content()


def complain(customer) -> None:
    Interaction.objects.create(
        customer=customer, kind="complaint", channel="phone", direction="in",
        occurred_at=NOON - timedelta(days=1), source="desk", external_id=f"c{customer.pk}",
    )  # fmt: skip


def treat(customer) -> None:
    laser = TreatmentFactory(min_clinical_interval_days=28)
    AppointmentFactory(
        customer=customer, treatment=laser, starts_at=NOON - timedelta(days=27), status="attended"
    )


def harm(customer) -> None:
    member = MembershipFactory()
    note_event(
        customer=customer, treatment=None, happened_on=date(2026, 4, 1), words="swollen",
        follower=member, by=member, at=NOON - timedelta(days=1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "speak_against"),
    [
        ("open_complaint", complain),
        ("contraindication", lambda c: CustomerHealth.objects.create(
            customer=c, has_contraindication=True, updated_at=NOON)),
        ("clinical_interval", treat),
        ("adverse_event", harm),
        ("deceased", lambda c: Customer.objects.filter(pk=c.pk).update(died_on=date(2026, 4, 1))),
        ("expired", lambda c: Message.objects.filter(customer=c).update(
            not_after=NOON - timedelta(minutes=1))),
    ],
)  # fmt: skip
def test_body_complaint_and_time_speak_against_it(clinic, reachable, inbox, reason, speak_against):
    reachable("Bea")
    customer = reachable("Carl")
    campaign = launched(clinic)

    speak_against(customer)
    send(campaign)

    assert states(campaign) == [("sent", ""), ("skipped", reason)]


def test_an_answered_complaint_and_an_ended_interval_do_not(clinic, reachable, inbox):
    customer = reachable()
    complain(customer)
    Interaction.objects.create(
        customer=customer, kind="call", channel="phone", direction="out",
        occurred_at=NOON - timedelta(hours=2), source="desk", external_id="answer",
    )  # fmt: skip
    laser = TreatmentFactory(min_clinical_interval_days=28)
    AppointmentFactory(
        customer=customer, treatment=laser, starts_at=NOON - timedelta(days=28), status="attended"
    )
    campaign = launched(clinic)

    send(campaign)

    assert states(campaign) == [("sent", "")]


def test_budget_lets_through_what_it_pays_for(clinic, reachable, inbox):
    for n in range(3):
        reachable(f"Customer {n}")
    campaign = launched(clinic, message_cost_minor=10, budget_minor=25)

    send(campaign)

    assert sorted(states(campaign)) == [("sent", ""), ("sent", ""), ("skipped", "over_budget")]


def test_a_budget_pays_for_every_part_of_an_sms(clinic, reachable):
    """Known before the call: a provider tells of three parts only when it has taken them."""
    account = ProviderAccount.objects.create(
        channel="sms", kind="alibaba", name="sms", sender="北辰", price_minor=10, token="t",
        secret=new_secret(),
    )  # fmt: skip
    campaign = RunningCampaignFactory(budget_minor=50, body="好久不见，欢迎回来。" * 9)
    for n in range(3):
        customer = reachable(f"Customer {n}")
        ContactPointFactory(customer=customer, kind="phone", value=f"+861380000111{n}")
        customer.consents.update(channel="sms")
        MessageFactory(
            enrolment=EnrolmentFactory(campaign=campaign, customer=customer), channel="sms",
            address=f"+861380000111{n}", state="queued", due_at=NOON,
        )  # fmt: skip

    chunk = dispatch.claim(campaign_id=campaign.pk, at=NOON)

    assert states(campaign) == [("sending", ""), ("sending", ""), ("skipped", "over_budget")]
    assert [one.carrier.account_id for one in chunk.claimed] == [account.pk] * 2
    claimed = campaign.messages.filter(state="sending")
    assert list(claimed.values_list("cost_minor", flat=True)) == [20, 20]


def test_a_consent_withdrawn_at_the_desk_reaches_what_is_claimed(clinic, reachable, inbox):
    customer = reachable()
    campaign = launched(clinic)
    chunk = dispatch.claim(campaign_id=campaign.pk, at=NOON)
    customer.consents.update(withdrawn_at=NOON)

    dispatch.hand_over_all(chunk, Lines(), clock())
    assert inbox.mails == []
    send(campaign)

    assert states(campaign) == [("skipped", "no_consent")]


@pytest.mark.parametrize("what", ["erased_at", "died_on"])
def test_who_is_erased_or_dies_between_claim_and_call_gets_no_service_message_either(
    clinic, reachable, inbox, what
):
    customer = reachable()
    campaign = launched(clinic, purpose="service")
    chunk = dispatch.claim(campaign_id=campaign.pk, at=NOON)
    assert len(chunk.claimed) == 1
    Customer.objects.filter(pk=customer.pk).update(**{what: NOON})

    dispatch.hand_over_all(chunk, Lines(), clock())

    assert inbox.mails == []
    assert states(campaign) == [("queued", "")]


def test_a_verdict_is_good_for_a_minute_and_then_asked_for_again(clinic, reachable, inbox):
    """A slow provider must not carry a claim of the evening into the quiet hours."""
    reachable()
    campaign = launched(clinic)
    chunk = dispatch.claim(campaign_id=campaign.pk, at=NOON)
    assert len(chunk.claimed) == 1

    assert dispatch.hand_over_all(chunk, Lines(), clock(NOON + timedelta(seconds=61)))
    assert inbox.mails == []
    assert states(campaign) == [("queued", "")]


def test_the_interval_is_counted_by_the_clinics_days(clinic, reachable, inbox):
    """Early morning in Shanghai is yesterday in UTC."""
    customer = reachable()
    laser = TreatmentFactory(min_clinical_interval_days=28)
    morning = (NOON - timedelta(days=27)).astimezone(clinic.zone).replace(hour=6)
    AppointmentFactory(customer=customer, treatment=laser, starts_at=morning, status="attended")
    campaign = launched(clinic)

    send(campaign)

    assert states(campaign) == [("skipped", "clinical_interval")]


def test_links_of_the_text_lead_through_stored_targets(clinic, reachable, inbox):
    reachable()
    campaign = launched(clinic, body="Dear {{ first_name }}, book at https://clinic.example/book")

    send(campaign)

    html = inbox.mails[0].get_body(("html",)).get_content()
    targets = re.findall(r'href="([^"]+)"', html)
    assert not [url for url in targets if url.startswith("https://clinic.example")]
    assert [url for url in targets if "/c/" in url]
    assert list(campaign.link_targets.values_list("url", flat=True)) == [
        "https://clinic.example/book"
    ]


def test_a_text_that_fails_for_one_of_many_stops_nobody_else(clinic, reachable, inbox):
    """It passes when saved, and grows without end for one name alone."""
    for name in ("Ann", "Bea", "Zed", "Dora"):
        reachable(f"{name} Smith", email=f"{name}@mail.example".lower())
    grows = "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 30 + "{{ a }}"
    body = "Hello {{ first_name }}{% if first_name == 'Zed' %}" + grows + "{% endif %}"
    campaign = launched(clinic, body=body)

    send(campaign)
    send(campaign, NOON + timedelta(hours=1))

    found = campaign.messages.values_list("customer__name", "state", "error")
    failed = {name: error for name, state, error in found if state == "failed"}
    assert list(failed) == ["Zed Smith"]
    assert failed["Zed Smith"]  # says what went wrong
    assert sorted(mail.envelope_to[0] for mail in inbox.mails) == [
        "ann@mail.example", "bea@mail.example", "dora@mail.example",
    ]  # fmt: skip


def test_a_claim_sorts_nothing_and_joins_nothing(clinic, reachable):
    """Else each claim would read all that waits, and a large campaign would slow down."""
    reachable()
    campaign = launched(clinic)

    with connection.cursor() as cursor:  # as it plans where there is more than a handful
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plan = claiming.due_slips(campaign, NOON).explain()

    assert "message_due" in plan
    assert "Sort" not in plan
    assert "Join" not in plan
    assert "Nested Loop" not in plan
