"""Health data: sealed, behind a right or a reason, and never where it does not belong."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from customers.models import CustomerHealth, HealthAccess, SearchToken
from customers.services import health, search_tokens
from tenancy.models import AuditEntry
from tests.factories.customers import CustomerFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

AT = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
CANARY = "CANARY青霉素"
TEXTS = {"skin_type": "III", "allergies": CANARY, "contraindications": "", "medical_notes": "n"}


@pytest.fixture
def customer(staff):
    return CustomerFactory(name="Anna", consultant=staff)


@pytest.fixture
def filled(customer, staff):
    health.change_health(customer=customer, texts=TEXTS, by=staff, at=AT, seen_at=None)
    return customer


def give(customer, by, *, reason="treatment", words="", at=AT):
    return health.give_reason(customer=customer, reason=reason, words=words, by=by, at=at)


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, '|') FROM customers_customerhealth t")
        return cursor.fetchone()[0]


def test_the_database_holds_no_word_of_it(filled):
    assert CANARY not in stored()
    assert CustomerHealth.objects.get().allergies == CANARY


def test_no_other_table_index_or_log_holds_it(filled, client_as, staff, caplog, api):
    search_tokens.rebuild([filled.pk])
    client = client_as(staff)
    with caplog.at_level("DEBUG"):
        assert CANARY in client.get(f"/customers/{filled.pk}/health/").content.decode()
    pages = ["", "history/", "edit/", "timeline/"]
    texts = [client.get(f"/customers/{filled.pk}/{page}").content.decode() for page in pages]
    texts += [json.dumps(api().get("/api/v1/customers/").json()), caplog.text]
    texts += [str(entry.detail) for entry in AuditEntry.objects.all()]
    texts += list(SearchToken.objects.values_list("token", flat=True))

    assert not [text for text in texts if CANARY in text]


def test_it_can_be_neither_searched_nor_compared(filled):
    with pytest.raises(Exception, match="Unsupported lookup"):
        CustomerHealth.objects.filter(allergies=CANARY).exists()


def test_the_consultant_looks_by_standing_right_and_it_is_written_down(filled, staff):
    assert health.open_health(customer=filled, by=staff, at=AT).allergies == CANARY

    looks = HealthAccess.objects.order_by("pk").values_list("action", "right", "reason")
    assert list(looks) == [("changed", "consultant", ""), ("opened", "consultant", "")]


def test_others_break_the_glass_with_a_reason_for_a_while(filled, owner):
    with pytest.raises(health.HealthClosed):
        health.open_health(customer=filled, by=owner, at=AT)
    assert not HealthAccess.objects.filter(member=owner).exists()

    give(filled, owner, reason="other", words="She faints")

    inside = AT + health.OPEN_FOR - timedelta(seconds=1)
    assert health.open_health(customer=filled, by=owner, at=inside).allergies == CANARY
    with pytest.raises(health.HealthClosed):
        health.open_health(customer=filled, by=owner, at=AT + health.OPEN_FOR)
    [look] = HealthAccess.objects.filter(member=owner)
    assert (look.reason, look.words, look.right) == ("other", "She faints", "reason")


def test_a_reason_opens_one_customer_for_one_member(filled, owner, staff):
    give(filled, owner)
    other = CustomerFactory()

    assert health.right_of(customer=other, by=owner, at=AT) is None
    colleague = MembershipFactory(role="staff")
    assert health.right_of(customer=filled, by=colleague, at=AT) is None


@pytest.mark.parametrize(("reason", "words"), [("", ""), ("x", ""), ("other", ""), ("other", "a ")])
def test_no_reason_opens_nothing(filled, owner, reason, words):
    with pytest.raises(health.DomainError):
        give(filled, owner, reason=reason, words=words)


def test_the_log_is_append_only(filled):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        HealthAccess.objects.update(reason="asked")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        HealthAccess.objects.all()._raw_delete("default")


def test_the_database_asks_for_the_reason(customer, owner):
    with pytest.raises(IntegrityError, match="health_access_has_reason"), transaction.atomic():
        HealthAccess.objects.create(
            subject_id=customer.pk, member=owner, action="opened", right="reason", at=AT
        )


def test_one_record_a_customer(filled):
    with pytest.raises(IntegrityError, match="health_once"), transaction.atomic():
        CustomerHealth.objects.create(customer=filled, updated_at=AT)


def test_warnings_follow_the_texts(filled, staff):
    row = CustomerHealth.objects.get()
    assert (row.has_allergy, row.has_contraindication) == (True, False)

    texts = TEXTS | {"allergies": "  ", "contraindications": "pregnant"}
    health.change_health(customer=filled, texts=texts, by=staff, at=AT, seen_at=AT)

    row.refresh_from_db()
    assert (row.has_allergy, row.has_contraindication) == (False, True)


def test_everybody_is_warned_without_the_text(filled, client_as):
    for role in ("analyst", "manager", "staff", "owner"):
        page = client_as(role).get(f"/customers/{filled.pk}/").content.decode()
        assert "Ask before any treatment." in page
        assert CANARY not in page


def test_pages_ask_for_the_reason_then_open(filled, client_as, owner):
    client = client_as(owner)
    address = f"/customers/{filled.pk}/health/"
    asked = client.get(address)
    assert CANARY not in asked.content.decode()
    assert "no-store" in asked["Cache-Control"]
    assert client.post(f"{address}change/", TEXTS).status_code == 403
    assert client.post(f"{address}reason/", {"reason": "other"}).status_code == 422
    assert client.post(f"{address}reason/", {}).status_code == 422

    assert client.post(f"{address}reason/", {"reason": "emergency"}).status_code == 302

    opened = client.get(address)
    assert CANARY in opened.content.decode()
    assert "no-store" in opened["Cache-Control"]
    seen_at = opened.context["form"]["seen_at"].value()
    saved = client.post(f"{address}change/", TEXTS | {"allergies": "none", "seen_at": seen_at})
    assert saved.status_code == 302
    assert CustomerHealth.objects.get().allergies == "none"


def test_two_writers_lose_nothing(filled, client_as, staff):
    client = client_as(staff)
    address = f"/customers/{filled.pk}/health/change/"
    clash = client.post(address, TEXTS | {"allergies": "mine", "seen_at": ""})

    assert clash.status_code == 409
    html = clash.content.decode()
    assert "mine" in html  # what was typed
    assert CANARY in html  # what stands
    seen_at = clash.context["form"]["seen_at"].value()
    assert (
        client.post(address, TEXTS | {"allergies": "both", "seen_at": seen_at}).status_code == 302
    )
    assert CustomerHealth.objects.get().allergies == "both"
    assert client.post(address, {"allergies": "a" * 10_001}).status_code == 422


@pytest.mark.parametrize("role", ["manager", "analyst"])
def test_who_does_not_treat_never_sees_it(filled, client_as, role):
    client = client_as(role)
    assert client.get(f"/customers/{filled.pk}/health/").status_code == 403
    assert client.post(f"/customers/{filled.pk}/health/reason/").status_code == 403


def test_another_branch_does_not_see_it(filled, client_as):
    here = BranchFactory()
    client = client_as(MembershipFactory(role="staff", branch=here))
    assert client.get(f"/customers/{filled.pk}/health/").status_code == 404


def test_a_lost_key_is_said_and_nothing_breaks(filled, client_as, staff, owner, settings):
    give(filled, owner, reason="other", words="She faints")
    settings.HEALTH_KEYS = ["another-word-of-more-than-32-characters-x"]

    lost = client_as(staff).get(f"/customers/{filled.pk}/health/")

    assert lost.status_code == 409
    assert "HEALTH_KEYS" in lost.content.decode()
    posted = client_as(staff).post(f"/customers/{filled.pk}/health/change/", TEXTS)
    assert posted.status_code == 409
    looks = client_as(owner).get(f"/customers/{filled.pk}/history/")
    assert looks.status_code == 200
    with pytest.raises(CommandError, match="not in HEALTH_KEYS"):
        health_rotation(filled)


def health_rotation(customer) -> str:
    from io import StringIO

    out = StringIO()
    call_command("rotate_health_keys", clinic=customer.clinic.slug, stdout=out)
    return out.getvalue()


def test_rotation_seals_all_with_the_new_key(filled, settings):
    old = settings.HEALTH_KEYS
    new = "another-word-of-more-than-32-characters-x"
    settings.HEALTH_KEYS = [new, *old]

    assert health_rotation(filled) == "1 of 1 records sealed anew.\n"
    assert health_rotation(filled) == "0 of 1 records sealed anew.\n"

    settings.HEALTH_KEYS = [new]
    assert CustomerHealth.objects.get().allergies == CANARY
