"""Files of appointments, treatments, consents and tags, by the same ways as the others."""

import io
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.urls import reverse

from customers.files.fields import KINDS
from customers.files.headers import guess_mapping
from customers.models import (
    Appointment,
    Consent,
    Customer,
    CustomerEvent,
    CustomerTag,
    ImportFile,
    Tag,
    Treatment,
    Visit,
)
from customers.services import consent, imports
from tests.customers.imports.conftest import AT, bring_in, counts, do, problems, upload
from tests.factories.customers import ContactPointFactory, IdentityFactory, TreatmentFactory

FILES = {
    "appointments": (
        "预约号,客户编号,预约时间,结束时间,状态,项目,等待时间\n"
        "A1,C1,2026-04-01 14:00,2026-04-01 15:00,已到店,Peel,10\n"
        "A2,C1,2026/6/3 9:30,,已预约,,\n"
    ),
    "treatments": (
        '项目编码,项目名称,类别,间隔天数,价格,启用\nBTX,Botulinum,注射,120,"¥1,280.00",是\n'
        "SPA,Spa,护理,,300,否\n"
    ),
    "consents": (
        "客户编号,用途,渠道,是否同意,同意时间,版本,来源,凭证\n"
        "C1,营销,短信,同意,2026-04-01 10:00,v3,门店平板,表单 77\n"
        "C1,,微信,否,2026-04-02,,,\n"
    ),
    "tags": "客户编号,标签\nC1,VIP、敏感肌\n",
}


@pytest.fixture
def ann(clinic) -> Customer:
    TreatmentFactory(code="PEEL", name="Peel")
    return IdentityFactory(source="file", external_id="C1", customer__name="Ann").customer


def take_back(done: ImportFile) -> ImportFile:
    imports.ask_for_revert(import_file=done, by=None, in_background=False)
    imports.work(import_id=done.pk, at=AT)
    return ImportFile.objects.get(pk=done.pk)


def snapshot() -> dict:
    """Everything these files could have touched, but for when it was written."""
    return {
        model.__name__: list(
            model.objects.order_by("pk").values(
                *[f.attname for f in model._meta.concrete_fields if f.name != "updated_at"]
            )
        )
        for model in (Appointment, Treatment, Consent, CustomerTag, Visit, Customer, CustomerEvent)
    }


@pytest.mark.parametrize(
    ("kind", "headers", "found"),
    [
        ("appointments", "Booking ID,Client ID,Start,End time,Status,Service,Provider,Location",
         "external_id customer_external_id starts_at ends_at status treatment consultant branch"),
        ("appointments", "预约编号,会员编号,预约日期,状态,预约项目,医生,门店,等候分钟",
         "external_id customer_external_id starts_at status treatment consultant branch "
         "waiting_minutes"),
        ("treatments", "SKU,Service name,Category,Recall interval,Sessions,List price,Cost price",
         "code name category interval_days course_length price cost"),
        ("treatments", "项目代码,项目,分类,性质,最短间隔,最长间隔,疗程次数,成本",
         "code name category nature interval_min_days interval_max_days course_length cost"),
        ("consents", "Customer ID,Channel,Opt-in,Consent date,Policy version,Proof",
         "customer_external_id channel is_given said_at text_version proof"),
        ("consents", "手机号,渠道,是否同意,签署时间,文本版本,采集方式",
         "customer_phone channel is_given said_at text_version source"),
        ("tags", "会员ID,客户标签", "customer_external_id tags"),
        ("points", "会员编号,可用积分,截止日期", "customer_external_id balance as_of"),
        ("points", "Client ID,Points balance,Balance date", "customer_external_id balance as_of"),
    ],
)  # fmt: skip
def test_headers_in_both_languages_are_guessed(kind, headers, found):
    guessed = [str(guess.field) for guess in guess_mapping(headers.split(","), kind)]

    assert guessed == found.split()


def test_appointments_come_in_with_their_visits(ann):
    done = bring_in(FILES["appointments"], "appointments")

    first, second = Appointment.objects.order_by("external_id")
    assert counts(done) == (2, 0, 0, 0)
    assert (first.customer, first.status, first.treatment.code) == (ann, "attended", "PEEL")
    assert first.starts_at == datetime(2026, 4, 1, 6, tzinfo=UTC)  # 14:00 in Shanghai
    assert (first.waiting_minutes, second.status) == (10, "booked")
    assert second.starts_at > AT  # a booking may lie ahead
    assert Visit.objects.get().visited_on.isoformat() == "2026-04-01"


def test_treatments_come_in_with_prices_and_intervals(clinic):
    bring_in(FILES["treatments"], "treatments")

    botulinum, spa = Treatment.objects.order_by("code")
    assert (botulinum.interval_days, botulinum.price_minor) == (120, 128_000)
    assert (spa.is_active, spa.price_minor) == (False, 30_000)


def test_consents_keep_version_time_source_and_proof(ann):
    done = bring_in(FILES["consents"], "consents")

    [kept] = Consent.objects.all()  # a no of what was never allowed opens nothing
    assert (kept.purpose, kept.channel, kept.text_version) == ("marketing", "sms", "v3")
    assert (kept.source, kept.proof) == ("门店平板", "表单 77")
    assert kept.given_at == datetime(2026, 4, 1, 2, tzinfo=UTC)
    assert counts(done) == (0, 1, 1, 0)


def test_older_yes_never_overwrites_a_withdrawal(ann):
    consent.give(customer=ann, purpose="marketing", channel="sms", source="desk",
                 at=datetime(2026, 1, 1, tzinfo=UTC))  # fmt: skip
    consent.withdraw(customer=ann, purpose="marketing", channel="sms", source="desk",
                     at=datetime(2026, 4, 20, tzinfo=UTC))  # fmt: skip

    older = bring_in("customer id,channel,given,at\nC1,sms,yes,2026-04-01\n", "consents")
    undated = bring_in("customer id,channel,given\nC1,sms,yes\n", "consents")

    assert not Consent.objects.filter(withdrawn_at__isnull=True).exists()
    for done in (older, undated):
        assert counts(done) == (0, 0, 1, 0)
        assert "withdrew" in done.report["remarks"]["withdrawn_since"][2]


def test_of_a_yes_and_a_no_in_one_file_the_later_counts_whatever_stands_first(ann):
    bring_in(
        "customer id,channel,given,at\nC1,sms,no,2026-04-02\nC1,sms,yes,2026-04-01\n", "consents"
    )

    only = Consent.objects.get()
    assert (only.given_at.day, only.withdrawn_at.day) == (31, 1)  # in UTC


def test_tags_are_added_and_none_is_taken_away(ann):
    CustomerTag.objects.create(customer=ann, tag=Tag.objects.create(name="old"))

    done = bring_in(FILES["tags"], "tags")

    assert sorted(ann.tag_links.values_list("tag__name", flat=True)) == ["VIP", "old", "敏感肌"]
    assert counts(done) == (0, 1, 0, 0)


def test_customer_may_be_named_by_a_phone_of_their_own(ann):
    ContactPointFactory(customer=ann, kind="phone", value="+8613800138000")

    done = bring_in("手机号,标签\n138 0013 8000,VIP\n", "tags")

    assert (counts(done), ann.tag_links.count()) == ((0, 1, 0, 0), 1)


@pytest.mark.parametrize("kind", FILES)
def test_running_it_again_changes_no_row(ann, kind):
    bring_in(FILES[kind], kind)
    before = snapshot()

    again = bring_in(FILES[kind], kind)

    assert (again.n_created, again.n_updated, again.n_refused) == (0, 0, 0)
    assert snapshot() == before


@pytest.mark.parametrize("kind", FILES)
def test_dry_run_counts_and_keeps_nothing(ann, kind):
    before = snapshot()

    tried = do(upload(FILES[kind], kind), dry=True)

    assert snapshot() == before
    assert tried.n_created + tried.n_updated > 0


@pytest.mark.parametrize("kind", FILES)
def test_taking_it_back_leaves_what_stood_before(ann, kind):
    before = snapshot()
    done = bring_in(FILES[kind], kind)
    assert snapshot() != before

    reverted = take_back(done)

    assert (reverted.state, snapshot()) == ("reverted", before)
    again = bring_in(FILES[kind], kind)
    assert again.n_created + again.n_updated == done.n_created + done.n_updated


WRONG = {
    "appointments": [
        (",C1,2026-04-01 14:00,,,,", "external_id", "appointment_number_missing"),
        ("A3,,2026-04-01 14:00,,,,", "customer_external_id", "row_without_customer"),
        ("A3,C9,2026-04-01 14:00,,,,", "customer_external_id", "unknown_customer_here"),
        ("A3,C1,,,,,", "starts_at", "required"),
        ("A3,C1,2026-02-30,,,,", "starts_at", "date_impossible"),
        ("A3,C1,2026-04-01 14:00,2026-04-01 13:00,,,", "ends_at", "ends_before_start"),
        ("A3,C1,2026-04-01 14:00,,外星人,,", "status", "word_unknown"),
        ("A3,C1,2099-06-01 14:00,,已到店,,", "starts_at", "in_future"),
        ("A3,C1,2026-04-01 14:00,,,,-5", "waiting_minutes", "out_of_range"),
        ("A1,C1,2026-05-05 14:00,,,,", "external_id", "duplicate_row"),
    ],
    "treatments": [
        (",X,,,,", "code", "treatment_code_missing"),
        ("X,,,,,", "name", "required"),
        ("X,X,,-1,,", "interval_days", "number_out_of_range"),
        ("X,X,,12.5,,", "interval_days", "integer_invalid"),
        ("X,X,,,-3,", "price", "number_out_of_range"),
        ("X,X,,,US$3,", "price", "amount_currency"),
        ("X,X,,,,vielleicht", "is_active", "boolean_unknown"),
    ],
    "consents": [
        (",,短信,是,,,,", "customer_external_id", "row_without_customer"),
        ("C9,,短信,是,,,,", "customer_external_id", "unknown_customer_here"),
        ("C1,,,是,,,,", "channel", "consent_incomplete"),
        ("C1,,短信,,,,,", "is_given", "consent_incomplete"),
        ("C1,,信鸽,是,,,,", "channel", "word_unknown"),
        ("C1,,短信,也许,,,,", "is_given", "boolean_unknown"),
        ("C1,,短信,是,2099-01-01,,,", "said_at", "date_future"),
        (f"C1,,短信,是,,{'v' * 41},,", "text_version", "text_too_long"),
    ],
    "tags": [
        (",VIP", "customer_external_id", "row_without_customer"),
        ("C9,VIP", "customer_external_id", "unknown_customer_here"),
        ("C1,", "tags", "tags_missing"),
        (f"C1,{'x' * 51}", "tags", "text_too_long"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "row", "field", "code"),
    [(kind, *wrong) for kind, many in WRONG.items() for wrong in many],
)
def test_wrong_row_is_told_with_field_reason_and_what_to_do(ann, kind, row, field, code):
    n_good = FILES[kind].count("\n") - 1

    done = bring_in(f"{FILES[kind]}{row}\n", kind)

    assert problems(done) == [(n_good + 2, field, code)]
    [(_line, label, words)] = imports.problem_lines(done, done.problems.all())
    assert label in FILES[kind] and len(words) > 15
    assert done.n_created + done.n_updated + done.n_unchanged == n_good
    out = io.StringIO()
    imports.write_error_file(done, out)
    assert row.split(",")[1][:5] in out.getvalue()


def test_shared_phone_names_nobody(ann):
    for customer in (ann, IdentityFactory().customer):
        ContactPointFactory(customer=customer, kind="phone", value="+8613800138000")

    done = bring_in("phone,tags\n13800138000,VIP\n", "tags")

    assert problems(done) == [(2, "customer_phone", "phone_shared")]


def test_treatment_that_is_used_stays(ann):
    done = bring_in(FILES["treatments"], "treatments")
    bring_in(FILES["appointments"].replace("Peel", "BTX"), "appointments")

    with pytest.raises(imports.ImportRefused, match="appointments: 1"):
        imports.check_revertible(done)


def test_appointment_that_was_changed_since_stays(ann):
    done = bring_in(FILES["appointments"], "appointments")
    bring_in(FILES["appointments"].replace("已预约", "已取消"), "appointments")

    with pytest.raises(imports.ImportRefused, match="Appointments that were changed: 1"):
        imports.check_revertible(done)


def test_consent_withdrawn_since_then_stands_in_the_way(ann):
    done = bring_in(FILES["consents"], "consents")
    consent.withdraw(customer=ann, purpose="marketing", channel="sms", source="desk", at=AT)

    with pytest.raises(imports.ImportRefused, match="Consents given or withdrawn: 1"):
        imports.check_revertible(done)


@pytest.mark.parametrize("kind", [*FILES, "points"])
def test_whole_way_in_the_browser(ann, client_as, run_tasks, kind):
    from tests.factories.loyalty import make_programme

    make_programme()
    client = client_as("manager")
    file = io.BytesIO(FILES.get(kind, "客户编号,积分余额\nC1,500\n").encode())
    file.name = "文件.csv"

    offered = client.get(reverse("customers:import-new")).content.decode()
    uploaded = client.post(reverse("customers:import-new"), {"kind": kind, "file": file})
    stored = ImportFile.objects.get()
    mapped = client.get(uploaded.url)
    columns = stored.mapping["columns"]
    form = {f"column_{i}": columns[h] for i, h in enumerate(imports.headers_of(stored))}
    with run_tasks():
        client.post(reverse("customers:import-check", args=[stored.pk]), form)
    detail = reverse("customers:import-detail", args=[stored.pk])
    tried = client.get(detail).content.decode()
    with run_tasks():
        client.post(reverse("customers:import-run", args=[stored.pk]))
    done = client.get(detail).content.decode()
    with run_tasks():
        client.post(reverse("customers:import-revert", args=[stored.pk]))
    after = client.get(detail).content.decode()

    assert f'value="{kind}"' in offered
    assert (mapped.status_code, mapped.context["preview"].missing) == (200, [])
    assert (
        "0 of" in tried and 'action="' + reverse("customers:import-run", args=[stored.pk]) in tried
    )
    assert "Take this import back?" in done
    assert "What this import made is gone" in after
    assert ImportFile.objects.get().state == "reverted"


def test_command_takes_every_kind(ann, tmp_path, capsys):
    for kind, content in FILES.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(content, encoding="utf-8")
        call_command("import_file", "--clinic", "north", str(path), "--kind", kind)

    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said] == [
        "Appointments", "Treatments", "Consents", "Tags",
    ]  # fmt: skip


def test_killed_run_of_a_declared_kind_goes_on(ann, small_chunks, monkeypatch):
    from customers.services.imports import running

    small_chunks(1)
    stored = upload(FILES["appointments"], "appointments")
    imports.ask_for_import(import_file=stored, by=None, in_background=False)
    keep = running._Run._keep_place
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        calls = iter(range(3))

        def die(self, position):
            if next(calls) == 1:
                raise KeyboardInterrupt
            keep(self, position)

        patch.setattr(running._Run, "_keep_place", die)
        imports.work(import_id=stored.pk, at=AT)
    half = Appointment.objects.count()

    from datetime import timedelta

    from django.utils import timezone

    imports.work(import_id=stored.pk, at=timezone.now() + timedelta(minutes=10))

    done = ImportFile.objects.get()
    assert (half, Appointment.objects.count(), counts(done)) == (1, 2, (2, 0, 0, 0))


def test_every_kind_has_words_and_stands_in_the_choice():
    from customers.import_forms import kind_choices

    assert [name for name, _label in kind_choices()] == list(KINDS)
    assert set(KINDS) == {"customers", "sales", *FILES, "points"}
