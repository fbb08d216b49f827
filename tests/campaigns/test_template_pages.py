"""Templates in the browser: library, editor, live side, the mail as it arrives, put away."""

import pytest

from campaigns.library import READY, ready
from campaigns.models import MailLook, Template
from tests.factories.customers import CustomerFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

DOOR = 13  # session, person, memberships, branches, and the scope around them
FILLED = {
    "name": "Spring", "kind": "return", "channel": "email", "language": "en",
    "subject": "Hello {{ first_name }}", "body": "See you soon, {{ first_name }}",
}  # fmt: skip


def text_of(answer) -> str:
    return answer.content.decode()


def make(**changes) -> Template:
    return Template.objects.create(**FILLED | {"subject": "Hi", "body": "Come"} | changes)


def side(client, **changes) -> str:
    return text_of(client.post("/campaigns/templates/side/", FILLED | changes))


def test_from_the_library_to_a_template_of_our_own(client_as):
    client = client_as("manager")
    one = ready("return", "zh-hans")

    shelf = text_of(client.get("/campaigns/templates/library/?language=zh-hans"))
    editor = client.get("/campaigns/templates/new/?ready=return&language=zh-hans")
    form = editor.context["form"].initial
    saved = client.post("/campaigns/templates/new/", form | {"name": "我们的回访"})

    assert shelf.count("?ready=") == sum(ready.language == "zh-hans" for ready in READY)
    template = Template.objects.get()
    assert saved.url == f"/campaigns/templates/{template.pk}/"
    assert (template.body, template.subject, template.library_key) == (
        one.body, one.subject, "return",
    )  # fmt: skip
    assert "我们的回访" in text_of(client.get("/campaigns/templates/"))


@pytest.mark.parametrize("query", ["?ready=nothing", "?ready=return&language=xx"])
def test_a_template_that_is_not_in_the_library(client_as, query):
    assert client_as("manager").get(f"/campaigns/templates/new/{query}").status_code == (
        404 if "nothing" in query else 200
    )


def test_a_change_of_the_words_is_a_new_version_and_nobody_is_overwritten(client_as):
    client = client_as("manager")
    template = make()
    address = f"/campaigns/templates/{template.pk}/"

    client.post(address, FILLED | {"version": 1, "body": "New words"})
    late = client.post(address, FILLED | {"version": 1, "body": "Later words"})
    client.post(address, FILLED | {"version": 2, "body": "New words", "name": "Renamed"})

    assert late.status_code == 422
    assert "Somebody changed this template meanwhile" in text_of(late)
    template.refresh_from_db()
    assert (template.version, template.body, template.name) == (2, "New words", "Renamed")
    assert template.changed_by is not None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject": ""}, "Give the message a subject."),
        ({"body": "{{ nick }}"}, "There is no field «nick»"),
        ({"channel": "sms", "body": "{% for a in b %}{% endfor %}"}, "cannot be read"),
        ({"name": "Taken"}, "There is a template of this name"),
        ({"channel": "pigeon"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_kept_says_why_and_keeps_what_was_typed(client_as, changes, words):
    make(name="Taken")

    answer = client_as("manager").post("/campaigns/templates/new/", FILLED | changes)

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert Template.objects.count() == 1


def test_a_short_message_has_no_subject(client_as):
    client_as("manager").post("/campaigns/templates/new/", FILLED | {"channel": "sms"})

    assert Template.objects.get().subject == ""


def test_the_side_shows_a_real_customer_and_walks_through_them(client_as):
    CustomerFactory(name="Anna Smith", last_visit_on="2026-04-01")
    CustomerFactory(name="Ben Jones", last_visit_on="2026-03-01")
    client = client_as("manager")

    assert "See you soon, Anna" in side(client)
    assert "See you soon, Ben" in side(client, place="1")
    assert "See you soon, Anna" in side(client, place="2")


def test_the_side_without_customers_uses_examples(client_as):
    assert "See you soon, Xiaoming" in side(client_as("manager"))


def test_a_member_of_a_branch_sees_its_customers_only(client_as):
    here, there = BranchFactory(), BranchFactory()
    CustomerFactory(name="Anna Smith", home_branch=there, last_visit_on="2026-04-01")
    CustomerFactory(name="Ben Jones", home_branch=here)
    client = client_as(MembershipFactory(role="manager", branch=here))

    shown = side(client) + side(client, place="1")

    assert "Anna" not in shown
    assert "Ben" in shown


def test_the_side_counts_an_sms_as_it_travels(client_as, clinic):
    clinic.name, clinic.sender_name = "北辰门诊", ""
    clinic.save()

    shown = side(client_as("manager"), channel="sms", language="zh-hans", body="您好" * 35)

    assert "【北辰门诊】您好" in shown
    assert "拒收请回复R" in shown
    assert "2 SMS" in shown
    assert "UCS-2, 83 units" in shown


def test_the_side_names_what_the_rules_say_and_cites_them(client_as):
    shown = side(client_as("manager"), body="我们保证效果 {{ first_name }}")

    assert '<mark class="found-words wrap-anywhere">保证效果</mark>' in shown
    assert "中华人民共和国广告法 第十六条（一）" in shown
    assert "Promise of an effect" in shown


def test_the_side_says_who_would_be_left_out_and_still_checks_the_words(client_as):
    CustomerFactory(name="Anna Smith")

    shown = side(client_as("manager"), body="{{ last_treatment }} 保证效果")

    assert "without a fallback they are left out" in shown
    assert "保证效果</mark>" in shown


@pytest.mark.parametrize(
    "body",
    ["", "{{", "{% include 'x' %}", "{{ clinic.secret }}", "x" * 30_000, "{% if a %}" * 99],
)
def test_the_side_answers_to_anything(client_as, body):
    answer = client_as("manager").post("/campaigns/templates/side/", FILLED | {"body": body})

    assert answer.status_code == 200
    assert 'data-tone="watch"' in text_of(answer)


def test_a_hostile_name_stays_text_beside_the_editor_and_in_the_mail(client_as):
    CustomerFactory(name="<script>alert(1)</script>")
    client = client_as("manager")
    template = make(body="Hi {{ customer_name }}")

    page = side(client, body="Hi {{ customer_name }}")
    mail = text_of(client.get(f"/campaigns/templates/{template.pk}/frame/"))

    assert "<script>alert" not in page + mail
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;script&gt;alert(1)" in mail


def test_the_mail_stands_in_a_frame_where_nothing_runs(client_as):
    client = client_as("manager")
    MailLook.objects.create(accent="#aa3366", logo_url="https://clinic.example/logo.png")
    template = make(body="Come, https://clinic.example/book")

    answer = client.get(f"/campaigns/templates/{template.pk}/frame/")
    page = text_of(client.get(f"/campaigns/templates/{template.pk}/mail/"))

    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert 'src="https://clinic.example/logo.png"' in text_of(answer)
    assert f'src="/campaigns/templates/{template.pk}/frame/"' in page
    assert "Unsubscribe: https://" in page


def test_only_mails_are_shown_as_mails(client_as):
    template = make(channel="sms", subject="")

    answer = client_as("manager").get(f"/campaigns/templates/{template.pk}/mail/")

    assert answer.status_code == 404


def test_the_look_is_kept_once_and_a_bad_one_is_refused(client_as):
    client = client_as("manager")
    address = "/campaigns/templates/look/"

    bad = client.post(address, {"accent": "red", "logo_url": ""})
    plain = client.post(address, {"accent": "#AA3366", "logo_url": "http://a.example/x.png"})
    client.post(address, {"accent": "#AA3366", "logo_url": "https://a.example/x.png"})
    client.post(address, {"accent": "#113366", "logo_url": ""})

    assert (bad.status_code, plain.status_code) == (422, 422)
    assert "must begin with https://" in text_of(plain)
    assert list(MailLook.objects.values_list("accent", "logo_url")) == [("#113366", "")]


def test_what_is_put_away_is_gone_and_its_name_is_free(client_as):
    client = client_as("manager")
    template = make()

    client.post(f"/campaigns/templates/{template.pk}/put-away/")

    assert client.get(f"/campaigns/templates/{template.pk}/").status_code == 404
    make()
    assert Template.objects.filter(is_archived=False).count() == 1


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("staff", "get", "/campaigns/templates/", 200),
        ("analyst", "get", "/campaigns/templates/library/", 200),
        ("staff", "get", "/campaigns/templates/new/", 403),
        ("analyst", "post", "/campaigns/templates/side/", 403),
        ("staff", "get", "/campaigns/templates/look/", 403),
        ("staff", "get", "/campaigns/calendar/", 200),
        ("staff", "post", "/campaigns/calendar/own/", 403),
    ],
)
def test_who_may(client_as, role, method, path, status):
    assert getattr(client_as(role), method)(path).status_code == status


def test_another_clinics_template_is_not_there(client_as, other_clinic):
    from tenancy.scope import clinic_scope
    from tests.conftest import outside_scope

    with outside_scope(), clinic_scope(other_clinic.pk):
        theirs = make(name="Theirs").pk
    client = client_as("manager")

    for path in ("", "mail/", "frame/"):
        assert client.get(f"/campaigns/templates/{theirs}/{path}").status_code == 404
    assert "Theirs" not in text_of(client.get("/campaigns/templates/"))


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_asks_one_question_however_long(client_as, django_assert_num_queries, item_count):
    client = client_as("manager")
    for number in range(item_count):
        make(name=f"Template {number}")

    with django_assert_num_queries(DOOR + 1):
        page = text_of(client.get("/campaigns/templates/"))

    assert page.count('class="row-link"') == item_count


def test_filters_by_channel(client_as):
    make(name="A mail")
    make(name="A short one", channel="sms", subject="")

    page = text_of(client_as("manager").get("/campaigns/templates/?channel=sms"))

    assert "A short one" in page
    assert "A mail" not in page


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"subject": ""}, "template_mail_has_subject"),
        ({"version": 0}, "template_version_counts"),
        ({"name": "Twice"}, "template_name_once"),
    ],
)
def test_what_the_database_itself_refuses(clinic, values, constraint):
    from django.db import IntegrityError, transaction

    make(name="Twice")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make(**values)


def test_the_look_is_one_a_clinic_and_a_colour(clinic):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError, match="mail_look_accent_is_colour"), transaction.atomic():
        MailLook.objects.create(accent="red")
    MailLook.objects.create()
    with pytest.raises(IntegrityError, match="mail_look_once"), transaction.atomic():
        MailLook.objects.create()
