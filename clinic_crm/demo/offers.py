"""Rewards, offers and what friends earn, for a demo clinic; made through the services."""

from datetime import date, datetime, timedelta

from customers.models import Sale
from loyalty.models import Coupon, Offer, Programme, Reward
from loyalty.queries.coupons import Basket
from loyalty.refusals import CouponRefused
from loyalty.services.coupon_uses import Till, use
from loyalty.services.coupons import issue_to_segment, save_offer
from loyalty.services.occasions import give_for_occasions
from loyalty.services.referrals import save_terms, settle_referrals
from loyalty.services.rewards import save_reward
from loyalty.stacking import Item
from segmentation.models import Segment

GIVEN_DAYS_AGO = 40
MOST_USES = 60
REWARDS = {  # name, in a few words, points, pieces left, cost of one
    "en": (
        ("Repair mask, box of five", "For the days after a treatment", 800, 24, 6_000),
        ("Sun screen SPF 50", "50 ml", 1_500, 12, 9_000),
        ("Aqua facial", "45 minutes, at any branch", 6_000, None, 18_000),
    ),
    "zh-hans": (
        ("修复面膜一盒", "五片装，术后舒缓", 800, 24, 6_000),
        ("防晒乳 SPF50", "50 毫升", 1_500, 12, 9_000),
        ("水光护理一次", "45 分钟，全部门店可用", 6_000, None, 18_000),
    ),
}
WORDS = {
    "en": ("Birthday: 20 off", "20 off every full 200", "Travel set",
           "A gift for your next visit", "Thank you for being with us"),
    "zh-hans": ("生日礼券", "每满 1000 减 100", "旅行套装", "下次到店好礼", "感谢您的陪伴"),
}  # fmt: skip


# Off for a birthday and its least spend; off each step and the step: in the clinic's own money.
AMOUNTS = {"en": (2_000, 6_000, 2_000, 20_000), "zh-hans": (10_000, 30_000, 10_000, 100_000)}


def make_offers(*, language: str, today: date, at: datetime) -> None:
    """Everything once; a clinic that has rewards keeps what it has."""
    if Reward.objects.exists():
        return
    programme, starts_on = Programme.objects.get(is_default=True), today - timedelta(days=90)
    for name, description, points, stock, cost in REWARDS[language]:
        terms = {"name": name, "description": description, "points": points, "stock": stock,
                 "cost_minor": cost, "starts_on": starts_on}  # fmt: skip
        save_reward(programme=programme, terms=terms, by=None)
    said = {"is_active": True, "points_referrer": 500, "points_friend": 200, "min_paid_minor": 0}
    save_terms(said=said, by=None, today=starts_on)
    settle_referrals(at=at)
    birthday, steps, gift, gift_name, thanks = WORDS[language]
    treat, treat_from, off, step = AMOUNTS[language]
    common = {"starts_on": starts_on, "stacking": "together"}
    save_offer(by=None, terms=common | {
        "name": birthday, "kind": "amount", "amount_minor": treat, "min_spend_minor": treat_from,
        "valid_days": 60, "occasion": "birthday", "days_before": 7})  # fmt: skip
    save_offer(by=None, terms=common | {
        "name": gift_name, "kind": "gift", "gift": gift, "cost_minor": 3_000,
        "is_pick": True})  # fmt: skip
    offer = save_offer(by=None, terms=common | {
        "name": steps, "kind": "amount", "amount_minor": off, "min_spend_minor": step,
        "is_per_step": True, "valid_days": 60})  # fmt: skip
    _give(offer, reason=thanks, at=at - timedelta(days=GIVEN_DAYS_AGO))
    give_for_occasions(on=today, at=at)


def _give(offer: Offer, *, reason: str, at: datetime) -> None:
    """To a segment, a part held back; those who bought within the month have used it."""
    segment = Segment.objects.order_by("pk").first()
    if segment is None:
        return
    issue_to_segment(offer=offer, segment=segment, at=at, by=None, holdback_rate=0.2, reason=reason)
    coupons = {
        one.customer_id: one
        for one in Coupon.objects.filter(offer=offer).select_related("customer")
    }
    sales = Sale.objects.filter(
        customer__in=coupons,
        kind=Sale.Kind.SALE,
        gross_minor__gte=offer.min_spend_minor,
        occurred_at__gt=at,
        occurred_at__lt=at + timedelta(days=30),
    ).order_by("occurred_at", "pk")
    for sale in sales[:MOST_USES]:
        coupon = coupons[sale.customer_id]
        basket = Basket((Item(sale.gross_minor),), sale.source, sale.external_id)
        till = Till(sale.occurred_at, coupon.customer, basket=basket)
        try:
            use(coupon.code, till, key=f"demo:{sale.pk}")
        except CouponRefused:  # they bought twice; it is used
            continue
