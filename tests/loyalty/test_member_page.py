"""The member's own page: who gets in, and that nobody sees another's data."""

import re
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core import mail
from django.db import transaction

from campaigns.models import ProviderAccount
from customers.models import Consent
from customers.services.erasing import erase
from customers.services.merging import merge_customers
from loyalty.member.sending import send_code
from loyalty.models import Account, MemberLink, MemberSession, Redemption
from loyalty.services.coupons import issue_coupon
from loyalty.services.member_links import begin_session, make_code, make_link
from loyalty.services.referrals import code_of, save_terms
from loyalty.services.rewards import Exchange, exchange
from tenancy.models import Clinic
from tests.campaigns.speaking import Speaking
from tests.conftest import BrowserClient
from tests.factories.customers import NOON, ContactPointFactory, CustomerFactory, IdentityFactory
from tests.factories.loyalty import make_programme
from tests.factories.rewards import JAN_1, OfferFactory, RewardFactory, member_with

TERMS = {"is_active": True, "points_referrer": 500, "points_friend": 200, "min_paid_minor": 0}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def anna(clinic):
    make_programme()
    made = member_with(250, name="Anna Berg")
    ContactPointFactory(customer=made, value="anna@mail.example")
    return made


def path_of(url: str) -> str:
    return urlsplit(url).path


def phone_of(customer) -> BrowserClient:
    """A browser in which this customer's page is open."""
    client = BrowserClient()
    response = client.post(path_of(make_link(customer=customer, at=NOON)))
    assert response.status_code == 302
    return client


def text_of(response) -> str:
    return response.content.decode()


def test_a_link_lets_in_once_and_asking_uses_nothing_up(anna):
    path = path_of(make_link(customer=anna, at=NOON))
    first, second = BrowserClient(), BrowserClient()

    assert first.get(path).status_code == first.get(path).status_code == 200
    assert first.post(path).status_code == 302
    assert "Anna Berg" in text_of(first.get("/m/"))
    assert second.post(path).status_code == 404
    assert second.get("/m/").status_code == 403


def test_a_link_is_over_after_half_an_hour(anna):
    path = path_of(make_link(customer=anna, at=NOON - timedelta(minutes=30)))

    assert BrowserClient().post(path).status_code == 404


@pytest.mark.parametrize("spoil", [lambda p: p[:-3] + "aa/", lambda _p: "/m/l/x/"])
def test_a_link_that_is_not_ours_opens_nothing(anna, spoil):
    path = spoil(path_of(make_link(customer=anna, at=NOON)))

    assert BrowserClient().post(path).status_code == 404


def test_the_page_shows_balance_tier_coupons_and_the_code_for_friends(anna):
    save_terms(said=TERMS, by=None, today=JAN_1)
    coupon = issue_coupon(
        customer=anna, offer=OfferFactory(name="Spring fifty"), cause="birthday", key="k", at=NOON,
        reason="For your birthday",
    )  # fmt: skip

    page = text_of(phone_of(anna).get("/m/"))

    assert ">250<" in page
    assert "Spring fifty" in page and "For your birthday" in page
    assert f"{coupon.code[:4]}-{coupon.code[4:8]}" in page
    friends = code_of(anna).code
    assert f"{friends[:4]}-{friends[4:8]}" in page
    assert page.count('<svg class="qr"') == 2


def test_a_member_sees_nothing_of_another(anna, other_clinic, in_clinic):
    ben = member_with(9_999, name="Ben Secret")
    issue_coupon(customer=ben, offer=OfferFactory(name="Bens own"), cause="desk", key="b", at=NOON)
    claim = exchange(
        reward=RewardFactory(name="Mask"),
        asked=Exchange(ben, "ben", NOON, is_handed_over=False),
    )
    client = phone_of(anna)

    for path in ("/m/", "/m/history/", "/m/consents/"):
        page = text_of(client.get(path))
        assert "Ben" not in page and "9,999" not in page

    assert client.post(f"/m/claims/{claim.pk}/undo/").status_code == 404
    claim.refresh_from_db()
    assert claim.state == "claimed"


def test_what_a_member_sends_cannot_name_another(anna):
    ben = member_with(500, name="Ben")
    reward = RewardFactory()

    phone_of(anna).post(
        f"/m/rewards/{reward.pk}/claim/",
        {"key": "k", "customer": ben.pk, "customer_id": ben.pk, "account": ben.accounts.get().pk},
    )

    assert Redemption.objects.get().customer == anna
    assert Account.objects.get(customer=ben).balance == 500


def test_a_session_of_one_clinic_opens_nothing_in_another(anna, other_clinic, in_clinic):
    client = phone_of(anna)
    with in_clinic(other_clinic):
        stranger = CustomerFactory(name="Stranger")
        theirs = begin_session(customer=stranger, via="link", at=NOON)
    mine = client.cookies["member"].value

    mixed = BrowserClient()
    head, _colon, sign = theirs.rpartition(":")
    mixed.cookies["member"] = f"{mine.rpartition(':')[0]}:{sign}"
    assert mixed.get("/m/").status_code == 403
    mixed.cookies["member"] = head
    assert mixed.get("/m/").status_code == 403
    mixed.cookies["member"] = theirs
    page = mixed.get("/m/")
    assert "Stranger" in text_of(page) and "Anna" not in text_of(page)


def test_a_staff_members_browser_shows_the_members_page_of_the_members_clinic(anna, client_as):
    client = client_as("owner")
    client.post(path_of(make_link(customer=anna, at=NOON)))

    assert "Anna Berg" in text_of(client.get("/m/"))


def test_signing_out_ends_the_session_also_for_a_copied_cookie(anna):
    client = phone_of(anna)
    copied = client.cookies["member"].value
    client.post("/m/out/")

    thief = BrowserClient()
    thief.cookies["member"] = copied

    assert thief.get("/m/").status_code == 302
    assert MemberSession.objects.get().ended_at == NOON


def test_erased_or_merged_away_the_page_is_closed_or_the_survivors(anna, owner):
    client = phone_of(anna)
    survivor = member_with(0, name="Anna B. Berg")
    merge_customers(survivor_id=survivor.pk, merged_id=anna.pk, by=owner, at=NOON)
    assert "Anna B. Berg" in text_of(client.get("/m/"))

    MemberSession.objects.update(expires_at=NOON)
    assert client.get("/m/").status_code == 302


def test_the_cookie_is_for_the_page_alone(anna):
    cookie = phone_of(anna).cookies["member"]

    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/m/", True, "Lax")


def test_forms_of_the_page_ask_for_the_csrf_token(anna):
    reward = RewardFactory()
    strict = BrowserClient(enforce_csrf_checks=True)
    strict.cookies["member"] = phone_of(anna).cookies["member"].value

    assert strict.post(f"/m/rewards/{reward.pk}/claim/", {"key": "k"}).status_code == 403
    assert Redemption.objects.count() == 0


def test_claimed_online_it_waits_at_the_desk_and_is_paid_once(anna, client_as):
    reward = RewardFactory(name="Mask", stock=3)
    client = phone_of(anna)

    for _twice in range(2):
        client.post(f"/m/rewards/{reward.pk}/claim/", {"key": "one click"})

    claim = Redemption.objects.get()
    assert (claim.state, Account.objects.get().balance) == ("claimed", 150)
    desk = client_as("staff")
    assert "Mask" in text_of(
        desk.get(f"/loyalty/desk/?q={claim.code}", headers={"HX-Request": "true"})
    )
    desk.post(f"/loyalty/desk/redemptions/{claim.pk}/hand-over/")
    claim.refresh_from_db()
    assert claim.state == "handed_over"
    assert client.post(f"/m/claims/{claim.pk}/undo/").status_code == 404


def test_a_claim_can_be_given_back_before_it_is_fetched(anna):
    reward = RewardFactory(stock=1)
    client = phone_of(anna)
    client.post(f"/m/rewards/{reward.pk}/claim/", {"key": "k"})

    client.post(f"/m/claims/{Redemption.objects.get().pk}/undo/")

    assert (Redemption.objects.get().state, Account.objects.get().balance) == ("undone", 250)


def test_a_reward_out_of_stock_says_so_and_costs_nothing(anna):
    reward = RewardFactory(stock=0)

    page = phone_of(anna).post(f"/m/rewards/{reward.pk}/claim/", {"key": "k"}, follow=True)

    assert "has just run out" in text_of(page)
    assert Account.objects.get().balance == 250


def test_consents_are_given_and_withdrawn_with_proof(anna):
    client = phone_of(anna)

    client.post("/m/consents/", {"slot": "marketing:email", "say": "yes"})
    given = Consent.objects.get()
    assert (given.customer, given.source, given.withdrawn_at) == (anna, "member page", None)
    assert given.proof == f"member page, session {MemberSession.objects.get().pk}"

    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        client.post("/m/consents/", {"slot": "marketing:email", "say": "no"})
    assert Consent.objects.get().withdrawn_at == NOON + timedelta(minutes=1)
    assert (
        client.post("/m/consents/", {"slot": "marketing:pigeon", "say": "yes"}).status_code == 404
    )


# --- by code


def ask(address: str, run_tasks) -> str:
    """Ask for a code; the word of the next form."""
    with run_tasks():
        page = text_of(BrowserClient().post("/m/at/north/", {"address": address}))
    return re.search(r'name="asked" value="([^"]+)"', page)[1]


def code_in_mail() -> str:
    return re.search(r"\b(\d{6})\b", mail.outbox[-1].body)[1]


def enter(asked: str, code: str):
    return BrowserClient().post("/m/at/north/code/", {"asked": asked, "code": code})


def test_a_code_by_mail_lets_in_once(anna, run_tasks):
    asked = ask("anna@mail.example", run_tasks)
    code = code_in_mail()
    assert mail.outbox[0].to == ["anna@mail.example"]
    assert MemberLink.objects.get().secret_hash not in (code, "")

    assert enter(asked, f" {code[:3]} {code[3:]} ").status_code == 302
    assert enter(asked, code).status_code == 422


def test_an_unknown_address_answers_alike_and_gets_no_mail(anna, run_tasks):
    def answer(address: str) -> str:
        with run_tasks():
            page = text_of(BrowserClient().post("/m/at/north/", {"address": address}))
        return re.sub(r'value="[^"]{20,}"|"X-CSRFToken": "[^"]*"', "", page)

    known, unknown, odd = (
        answer(one) for one in ("anna@mail.example", "nobody@mail.example", "no address")
    )

    assert known == unknown == odd
    assert len(mail.outbox) == 1
    assert MemberLink.objects.count() == 3


def test_a_shared_address_gets_no_code(anna, run_tasks):
    ContactPointFactory(customer=CustomerFactory(), value="anna@mail.example")

    ask("anna@mail.example", run_tasks)

    assert mail.outbox == []


def test_after_five_wrong_tries_the_right_code_opens_nothing(anna, run_tasks):
    asked = ask("anna@mail.example", run_tasks)
    code = code_in_mail()
    wrong = "000000" if code != "000000" else "111111"

    for _try in range(5):
        assert enter(asked, wrong).status_code == 422

    assert enter(asked, code).status_code == 422
    assert MemberSession.objects.count() == 0


def test_a_code_is_over_after_ten_minutes(anna, run_tasks):
    asked = ask("anna@mail.example", run_tasks)

    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        assert enter(asked, code_in_mail()).status_code == 422


def test_codes_are_sent_three_times_an_hour_at_most(anna, run_tasks):
    for minute in range(5):
        with time_machine.travel(NOON + timedelta(minutes=minute), tick=False):
            ask("anna@mail.example", run_tasks)

    assert len(mail.outbox) == 3


def test_one_address_asked_for_too_often_is_turned_back(anna):
    from django.core.cache import cache

    cache.clear()
    answers = [
        BrowserClient().post("/m/at/north/", {"address": "x@mail.example"}).status_code
        for _n in range(4)
    ]

    assert answers == [200, 200, 200, 429]


def test_a_code_of_one_clinic_opens_nothing_in_another(anna, other_clinic, run_tasks):
    asked = ask("anna@mail.example", run_tasks)

    there = BrowserClient().post("/m/at/south/code/", {"asked": asked, "code": code_in_mail()})

    assert there.status_code == 422


def test_no_such_clinic_is_no_page(clinic):
    assert BrowserClient().get("/m/at/nowhere/").status_code == 404


# --- invitations and WeChat


def test_an_invitation_says_what_both_get_and_not_whose_it_is(anna):
    save_terms(said=TERMS, by=None, today=JAN_1)
    code = code_of(anna).code

    page = text_of(BrowserClient().get(f"/m/r/north/{code}/"))

    assert "200 points" in page and "Anna" not in page
    assert BrowserClient().get(f"/m/r/north/{code[:-1]}/").status_code == 404


@pytest.fixture
def wechat(settings):
    """A server that knows one code, as WeChat's does."""
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            query = parse_qs(urlsplit(self.path).query)
            asked.append(query)
            known = query["code"] == ["good"] and query["secret"] == ["shh"]
            body = b'{"openid": "o-anna"}' if known else b'{"errcode": 40029}'
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.WECHAT_APP_ID, settings.WECHAT_APP_SECRET = "wx1", "shh"
    settings.WECHAT_API_URL = f"http://127.0.0.1:{server.server_port}"
    yield asked
    server.shutdown()


def go_to_wechat(client) -> str:
    away = client.get("/m/wechat/north/")
    return parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]


def test_wechat_lets_in_whom_its_openid_names(anna, wechat):
    IdentityFactory(customer=anna, source="wechat", external_id="o-anna")
    client = BrowserClient()
    state = go_to_wechat(client)

    client.get("/m/wechat/back/", {"code": "good", "state": state})

    assert "Anna Berg" in text_of(client.get("/m/"))
    assert MemberSession.objects.get().via == "wechat"


@pytest.mark.parametrize("why", ["unknown openid", "bad code", "another browser's state"])
def test_wechat_lets_nobody_else_in(anna, wechat, why):
    if why != "unknown openid":
        IdentityFactory(customer=anna, source="wechat", external_id="o-anna")
    client = BrowserClient()
    state = go_to_wechat(client if why != "another browser's state" else BrowserClient())
    code = "bad" if why == "bad code" else "good"

    assert client.get("/m/wechat/back/", {"code": code, "state": state}).status_code == 404
    assert MemberSession.objects.count() == 0


def test_wechat_is_off_without_credentials(clinic):
    assert BrowserClient().get("/m/wechat/north/").status_code == 404


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_page_asks_the_same_number_of_questions(anna, item_count, django_assert_num_queries):
    for n in range(item_count):
        RewardFactory()
        issue_coupon(customer=anna, offer=OfferFactory(), cause="desk", key=f"k{n}", at=NOON)
        exchange(
            reward=RewardFactory(points=1),
            asked=Exchange(anna, f"c{n}", NOON, is_handed_over=False),
        )
    client = phone_of(anna)

    with django_assert_num_queries(13):
        client.get("/m/")


def test_an_erased_customers_links_and_sessions_are_gone(anna, owner):
    client = phone_of(anna)
    erase(customer=anna, by=owner, at=NOON)

    assert client.get("/m/").status_code == 302
    assert MemberSession.objects.count() == MemberLink.objects.count() == 0


# --- by SMS


@pytest.fixture
def sms(settings):
    """The clinic's SMS provider; what it was asked to send."""
    told = Speaking(answer=lambda asked: (200, {"id": "1"}))
    server = told.start()
    settings.PROVIDER_ENDPOINTS = {"recording": told.url}
    ProviderAccount.objects.create(
        channel="sms", kind="recording", name="SMS", token="t" * 43, credentials='{"class":"keyed"}'
    )
    yield told
    server.shutdown()


def test_a_code_by_sms_lets_in_where_the_clinic_has_a_provider(anna, run_tasks, sms):
    ContactPointFactory(customer=anna, kind="phone", value="+8613800000001")

    asked = ask("138 0000 0001", run_tasks)
    said = sms.asked[0].json

    assert said["address"] == "+8613800000001"
    code = re.search(r"\b(\d{6})\b", said["text"])[1]
    assert enter(asked, code).status_code == 302


def test_a_provider_that_is_down_is_asked_again_with_a_new_code(anna, run_tasks, sms):
    ContactPointFactory(customer=anna, kind="phone", value="+8613800000001")
    answers = iter([(503, {}), (200, {"id": "1"})])
    sms.answer = lambda asked: next(answers)
    client = BrowserClient()
    client.post("/m/at/north/", {"address": "+8613800000001"})
    link = MemberLink.objects.get()

    with pytest.raises(ConnectionError), transaction.atomic():
        send_it(link)
    send_it(link)

    assert len(sms.asked) == 2
    code = re.search(r"\b(\d{6})\b", sms.asked[1].json["text"])[1]
    assert code not in sms.asked[0].json["text"]


def send_it(link: MemberLink) -> None:
    made, code = make_code(link_id=link.pk, at=NOON)
    send_code("phone", "+8613800000001", code, Clinic.objects.get(pk=made.clinic_id))


def test_without_a_provider_only_mail_is_offered(anna):
    assert "phone number" not in text_of(BrowserClient().get("/m/at/north/"))


def test_with_a_provider_a_phone_number_will_do(anna, sms):
    assert "E-mail address or phone number" in text_of(BrowserClient().get("/m/at/north/"))
