from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from customers.models import CustomerEvent, DuplicatePair
from customers.services.merging import merge_customers
from loyalty.codes import is_ours, shown
from loyalty.exceptions import KeyUsedOtherwise
from loyalty.models import Coupon, CouponUse, Offer
from loyalty.queries.coupons import Basket, wallet_of
from loyalty.refusals import CodeMistyped, CodeUnknown, CouponRefused, FieldRefused
from loyalty.services.coupon_refunds import settle_refunds
from loyalty.services.coupon_reservations import release, settle, sweep_overdue
from loyalty.services.coupon_uses import HELD_FOR, Till, check, combine, reserve, use
from loyalty.services.coupons import (
    issue_coupon,
    issue_to_segment,
    print_codes,
    revoke,
    save_offer,
)
from loyalty.stacking import Item
from segmentation.models import Segment
from tenancy.models import Branch
from tests.factories.customers import (
    NOON,
    ContactPointFactory,
    CustomerFactory,
    SaleFactory,
    TreatmentFactory,
)
from tests.factories.rewards import JAN_1, MAY_1, OfferFactory

MIDNIGHT = NOON + timedelta(hours=12)  # the end of 1 May in Shanghai
SECOND = timedelta(seconds=1)


@pytest.fixture
def anna(clinic):
    return CustomerFactory(name="Anna Berg")


def give(offer, customer, key="k1", **more) -> Coupon:
    return issue_coupon(customer=customer, offer=offer, cause="desk", key=key, at=NOON, **more)


def basket(*amounts: int, sale: str = "") -> Basket:
    items = tuple(Item(amount) for amount in amounts)
    return Basket(items, "booking" if sale else "", sale)


def till(customer=None, *, at=NOON, **more) -> Till:
    return Till(at, customer, **more)


def refusal_of(text: str, where: Till) -> str:
    with pytest.raises(CouponRefused) as refusal:
        check(text, where)
    return refusal.value.code


def test_a_coupon_is_issued_once_a_key_and_told(anna):
    offer = OfferFactory()

    first = give(offer, anna, "birthday:1:2026")
    again = give(offer, anna, "birthday:1:2026")

    assert first == again
    assert is_ours(first.code)
    assert CustomerEvent.objects.filter(kind="coupon.issued", customer=anna).count() == 1


def test_valid_days_count_the_day_of_issue_and_end_with_the_offer(anna):
    offer = OfferFactory(valid_days=7, ends_on=date(2026, 5, 5))

    assert give(offer, anna).ends_on == date(2026, 5, 5)
    assert give(OfferFactory(valid_days=7), anna, "k2").ends_on == date(2026, 5, 7)


def test_it_counts_to_the_last_second_of_its_last_day_in_the_clinics_zone(anna):
    coupon = give(OfferFactory(ends_on=MAY_1), anna)

    found, _applied = check(coupon.code, till(anna, at=MIDNIGHT - SECOND))

    assert found.coupon == coupon
    assert refusal_of(coupon.code, till(anna, at=MIDNIGHT)) == "expired"


def test_spaces_full_width_and_lower_case_are_the_same_code(anna):
    coupon = give(OfferFactory(), anna)
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in coupon.code)

    for typed in (f"  {shown(coupon.code).lower()} ", full_width, "　".join(full_width)):
        assert check(typed, till(anna))[0].coupon == coupon


def test_a_slip_is_told_from_a_code_nobody_has(anna):
    coupon = give(OfferFactory(), anna)
    other = "A" if coupon.code[0] != "A" else "C"

    with pytest.raises(CodeMistyped):
        check(other + coupon.code[1:], till(anna))
    with pytest.raises(CodeUnknown):
        check("NOSUCHWORD", till(anna))


def test_a_use_takes_the_discount_and_the_code(anna, staff):
    coupon = give(OfferFactory(min_spend_minor=30_000), anna)

    used = use(coupon.code, till(anna, basket=basket(20_000, 15_000), actor=staff), key="t-1")

    assert (used.state, used.gross_minor, used.discount_minor, used.actor) == (
        "used", 35_000, 5_000, staff,
    )  # fmt: skip
    assert refusal_of(coupon.code, till(anna)) == "used"
    assert Offer.objects.get().n_used == 1


def test_below_its_threshold_it_says_so(anna):
    coupon = give(OfferFactory(min_spend_minor=30_000), anna)

    assert refusal_of(coupon.code, till(anna, basket=basket(29_999))) == "below_minimum"


def test_a_repeated_key_uses_it_once_and_cannot_mean_another(anna):
    one, two = (give(OfferFactory(), anna, key) for key in ("a", "b"))

    first = use(one.code, till(anna), key="t-1")
    assert use(one.code, till(anna), key="t-1") == first
    with pytest.raises(KeyUsedOtherwise):
        use(two.code, till(anna), key="t-1")

    assert CouponUse.objects.count() == 1


def test_it_belongs_to_its_customer(anna):
    coupon = give(OfferFactory(), anna)

    assert refusal_of(coupon.code, till(CustomerFactory())) == "other_customer"
    assert refusal_of(coupon.code, till(None)) == "other_customer"


def test_branch_start_segment_and_revocation_are_asked(anna, owner):
    here, there = (Branch.objects.create(code=name, name=name) for name in "AB")
    vips = Segment.objects.create(
        name="Shanghai",
        rule={"match": "all", "conditions": [
            {"attribute": "city", "operator": "is", "value": ["Shanghai"]}]},
    )  # fmt: skip
    codes = {
        "other_branch": give(OfferFactory(branch=there), anna, "a"),
        "not_yet": give(OfferFactory(starts_on=date(2026, 5, 2)), anna, "b"),
        "not_for_them": give(OfferFactory(segment=vips), anna, "c"),
        "revoked": give(OfferFactory(), anna, "d"),
    }
    revoke(coupon=codes["revoked"], by=owner)

    for reason, coupon in codes.items():
        assert refusal_of(coupon.code, till(anna, branch=here)) == reason


def test_a_word_for_everybody_counts_once_a_person_and_so_often_in_all(anna):
    OfferFactory(code="SUMMER618", max_uses=2)
    use("summer 618", till(anna), key="1")

    assert refusal_of("SUMMER618", till(None)) == "customer_needed"
    assert refusal_of("SUMMER618", till(anna)) == "person_limit"
    use("SUMMER618", till(CustomerFactory()), key="2")
    assert refusal_of("SUMMER618", till(CustomerFactory())) == "used_up"


def test_a_limit_a_person_holds_across_records_that_may_be_one(anna):
    OfferFactory(code="SUMMER618")
    twin = CustomerFactory(name="Anna Berg")
    for customer in (anna, twin):
        ContactPointFactory(customer=customer, kind="phone", value="+8613800134321")
    use("SUMMER618", till(anna), key="1")

    assert refusal_of("SUMMER618", till(twin)) == "person_limit"


def test_a_limit_a_person_holds_after_a_merge(anna, owner):
    OfferFactory(code="SUMMER618")
    twin = CustomerFactory()
    use("SUMMER618", till(twin), key="1")
    merge_customers(survivor_id=anna.pk, merged_id=twin.pk, by=owner, at=NOON)

    assert refusal_of("SUMMER618", till(anna)) == "person_limit"


def test_the_first_purchase_is_the_persons_not_the_records(anna):
    OfferFactory(code="WELCOME", is_first_purchase_only=True)
    twin = CustomerFactory()
    DuplicatePair.objects.create(
        first=anna, second=twin, score=0.8, decision="review", found_at=NOON
    )
    assert check("WELCOME", till(anna))[0].offer.code == "WELCOME"

    SaleFactory(customer=twin)
    assert refusal_of("WELCOME", till(anna)) == "not_first"

    DuplicatePair.objects.update(state="different", decided_at=NOON)
    assert check("WELCOME", till(anna))[0].offer.code == "WELCOME"

    SaleFactory(customer=anna, external_id="S-now")
    assert refusal_of("WELCOME", till(anna)) == "not_first"
    own = till(anna, basket=basket(10_000, sale="S-now"))
    assert check("WELCOME", own)[1].discount_minor == 5_000


def test_a_reservation_keeps_others_out_and_ends_by_itself(anna):
    coupon = give(OfferFactory(max_uses=1), anna)
    held = reserve(coupon.code, till(anna), key="cart-1")

    assert refusal_of(coupon.code, till(anna)) == "reserved"
    later = till(anna, at=NOON + HELD_FOR)
    used = use(coupon.code, later, key="cart-2")

    assert used.state == "used"
    with pytest.raises(CouponRefused, match="has ended"):
        settle(held, at=NOON + HELD_FOR)
    held.refresh_from_db()
    assert (held.state, Offer.objects.get().n_used) == ("released", 1)


def test_overdue_reservations_are_swept_away(anna):
    coupon = give(OfferFactory(), anna)
    reserve(coupon.code, till(anna), key="cart-1")

    assert sweep_overdue(at=NOON + HELD_FOR - SECOND) == 0
    assert sweep_overdue(at=NOON + HELD_FOR) == 1
    assert (Coupon.objects.get().state, Offer.objects.get().n_used) == ("ready", 0)


def test_a_reservation_is_used_once_or_let_go_once(anna):
    coupon = give(OfferFactory(), anna)
    first = reserve(coupon.code, till(anna), key="1")
    assert release(first, at=NOON).state == "released"
    assert release(first, at=NOON).state == "released"
    assert Offer.objects.get().n_used == 0

    second = reserve(coupon.code, till(anna), key="2")
    assert settle(second, at=NOON).state == "used"
    assert settle(second, at=NOON).state == "used"
    with pytest.raises(CouponRefused):
        release(second, at=NOON)
    assert Offer.objects.get().n_used == 1


def test_one_basket_takes_no_second_coupon_beside_one_that_stands_alone(anna):
    alone = give(OfferFactory(), anna, "a")
    others = [give(OfferFactory(stacking="together"), anna, key) for key in "bc"]
    paying = till(anna, basket=basket(50_000, sale="S1"))
    use(others[0].code, paying, key="1")
    use(others[1].code, paying, key="2")

    with pytest.raises(CouponRefused) as refusal:
        use(alone.code, paying, key="3")

    assert refusal.value.code == "stands_alone"


def test_the_best_of_several_is_found_and_the_rest_explained(anna):
    together = give(OfferFactory(stacking="together"), anna, "a")
    alone = give(OfferFactory(amount_minor=8_000), anna, "b")
    others = give(OfferFactory(), CustomerFactory(), "c")

    found, refused = combine(
        [together.code, alone.code, others.code], till(anna, basket=basket(20_000))
    )

    assert [one.key for one in found.applied] == [alone.code]
    assert [(one.key, one.why) for one in found.left] == [(together.code, "stands_alone")]
    assert {code: why.code for code, why in refused.items()} == {others.code: "other_customer"}


def sold(anna, **terms) -> CouponUse:
    """Two items of 600 and 400 with 100 off, paid as sale S1."""
    offer = OfferFactory(amount_minor=10_000, min_spend_minor=80_000, **terms)
    coupon = give(offer, anna)
    used = use(coupon.code, till(anna, basket=basket(60_000, 40_000, sale="S1")), key="1")
    SaleFactory(
        customer=anna, external_id="S1", gross_minor=100_000, discount_minor=10_000,
        net_minor=90_000,
    )  # fmt: skip
    return used


def refund(anna, gross: int, net: int, name: str = "R1") -> None:
    from customers.models import Sale

    SaleFactory(
        customer=anna, kind="refund", refund_of=Sale.objects.get(external_id="S1"),
        external_id=name, gross_minor=-gross, discount_minor=net - gross,
        net_minor=-net,
    )  # fmt: skip
    settle_refunds(changed_since=None, at=NOON)


def test_a_partial_refund_takes_its_share_of_the_discount_and_keeps_the_use(anna):
    used = sold(anna)

    refund(anna, 40_000, 36_000)

    used.refresh_from_db()
    assert (used.state, used.discount_back_minor) == ("used", 4_000)


def test_by_the_threshold_rule_a_partial_refund_loses_the_discount(anna):
    used = sold(anna, refund_rule="threshold")

    refund(anna, 40_000, 30_000)

    used.refresh_from_db()
    assert (used.state, used.discount_back_minor) == ("used", 10_000)


@pytest.mark.parametrize(("restores", "state", "n_used"), [(True, "ready", 0), (False, "used", 1)])
def test_a_full_refund_gives_the_coupon_back_where_the_offer_says_so(anna, restores, state, n_used):
    used = sold(anna, restores_on_full_refund=restores)

    refund(anna, 100_000, 90_000)
    settle_refunds(changed_since=None, at=NOON)  # again: nothing more

    used.refresh_from_db()
    assert used.discount_back_minor == 10_000
    assert (Coupon.objects.get().state, Offer.objects.get().n_used) == (state, n_used)


def test_printed_codes_are_for_whoever_brings_them(anna, owner):
    offer = OfferFactory(max_uses_per_person=None)

    printed = print_codes(offer=offer, n=50, key="p1", at=NOON, by=owner)
    again = print_codes(offer=offer, n=50, key="p1", at=NOON, by=owner)

    assert [one.code for one in again] == [one.code for one in printed]
    assert len({one.code for one in printed}) == Coupon.objects.count() == 50
    assert use(printed[0].code, till(None), key="1").customer is None


def test_a_segment_is_given_it_but_for_a_share_drawn_by_lot(anna, owner):
    CustomerFactory.create_batch(99)
    offer = OfferFactory()
    everybody = Segment.objects.create(name="All", rule={"match": "all", "conditions": []})

    given, held = issue_to_segment(
        offer=offer, segment=everybody, at=NOON, by=owner, holdback_rate=0.3
    )
    again = issue_to_segment(offer=offer, segment=everybody, at=NOON, by=owner, holdback_rate=0.3)

    assert given + held == 100
    assert 15 <= held <= 45
    assert again == (0, 0)
    assert wallet_of(Coupon.objects.first().customer, on=MAY_1).count() == 1


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("amount_minor", {"amount_minor": 0}),
        ("amount_minor", {"amount_minor": -5}),
        ("off_rate", {"kind": "percent", "off_rate": Decimal("1.2")}),
        ("gift", {"kind": "gift"}),
        ("min_spend_minor", {"is_per_step": True}),
        ("amount_minor", {"is_per_step": True, "min_spend_minor": 4_000}),
        ("ends_on", {"ends_on": date(2025, 1, 1)}),
        ("code", {"code": "AB"}),
        ("code", {"code": "夏日优惠券码"}),
        ("name", {"name": " "}),
    ],
)
def test_odd_offers_are_refused_by_field(owner, field, terms):
    said = {"name": "Fifty off", "kind": "amount", "amount_minor": 5_000, "starts_on": JAN_1}

    with pytest.raises(FieldRefused) as refusal:
        save_offer(terms=said | terms, by=owner)

    assert refusal.value.field == field


def test_two_offers_cannot_have_one_word(owner):
    said = {"name": "A", "kind": "amount", "amount_minor": 5_000, "starts_on": JAN_1,
            "code": "summer-618"}  # fmt: skip
    assert save_offer(terms=said, by=owner).code == "SUMMER618"

    with pytest.raises(FieldRefused, match="already"):
        save_offer(terms=said | {"name": "B"}, by=owner)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("offer_gives_what_it_says", {"amount_minor": 0}),
        ("offer_never_overused", {"max_uses": 1, "n_used": 2}),
        ("offer_steps_have_a_size", {"is_per_step": True}),
    ],
)
def test_the_database_refuses_odd_offers(clinic, constraint, values):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OfferFactory(**values)


def test_the_database_refuses_a_second_open_use_of_a_code(anna):
    coupon = give(OfferFactory(max_uses_per_person=None), anna)
    use(coupon.code, till(anna), key="1")

    with pytest.raises(IntegrityError, match="coupon_used_once"), transaction.atomic():
        CouponUse.objects.create(
            offer=coupon.offer, coupon=coupon, state="used", idempotency_key="2", begun_at=NOON,
            used_at=NOON,
        )  # fmt: skip


def test_an_offer_for_a_treatment_takes_off_only_that(anna):
    offer = OfferFactory(treatment=TreatmentFactory(code="BTX"))
    coupon = give(offer, anna)
    items = Basket((Item(3_000, "BTX"), Item(90_000, "HF")))

    _found, applied = check(coupon.code, till(anna, basket=items))

    assert (applied.discount_minor, applied.gross_minor) == (3_000, 3_000)
