from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django.utils.translation import override

from loyalty import rule_tasks  # noqa: F401  so that workers know them
from loyalty.member.sending import kinds_that_can_be_sent, send_code
from loyalty.services import (
    coupon_refunds,
    coupon_reservations,
    lapsing,
    member_claims,
    member_links,
    nights,
    occasions,
    referrals,
    standing,
    tiers,
)
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.queue import enqueue, send
from tenancy.scope import clinic_scope

NUDGE_WINDOW = timedelta(days=1)  # what came in earlier is looked at every night


@shared_task(name="loyalty.accrue_sales")
def accrue_sales(*, clinic_id: int, every_sale: bool = False) -> None:
    """Points for the sales of the last day, or for every sale, and tiers of whom they concern;
    holds that are over end."""
    with clinic_scope(clinic_id):
        clinic = Clinic.objects.get(pk=clinic_id)
        now = timezone.now()
        lapsing.lapse_holds(at=now)
        since = None if every_sale else now - NUDGE_WINDOW
        standing.catch_up(on=local_day(clinic.zone, now), at=now, changed_since=since)


@shared_task(name="loyalty.judge_tiers")
def judge_tiers(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id):
        clinic = Clinic.objects.get(pk=clinic_id)
        tiers.judge(local_day(clinic.zone, timezone.now()))
        enqueue("loyalty.give_coupons")


@shared_task(name="loyalty.give_coupons")
def give_coupons(*, clinic_id: int) -> None:
    """Points and coupons for what has just happened: an answered survey, a tier reached."""
    with clinic_scope(clinic_id):
        clinic, now = Clinic.objects.get(pk=clinic_id), timezone.now()
        today = local_day(clinic.zone, now)
        member_claims.pay_answers(on=today)
        occasions.give_for_occasions(on=today, at=now)


@shared_task(name="loyalty.settle_offers")
def settle_offers(*, clinic_id: int) -> None:
    """What new sales and refunds mean to coupons and to friends' first paid visits."""
    with clinic_scope(clinic_id):
        now = timezone.now()
        coupon_reservations.sweep_overdue(at=now)
        coupon_refunds.settle_refunds(changed_since=now - NUDGE_WINDOW, at=now)
        referrals.settle_referrals(at=now)


@shared_task(
    name="loyalty.send_member_code",
    autoretry_for=(OSError,),
    retry_backoff=True,
    max_retries=3,
)
def send_member_code(*, clinic_id: int, link_id: int) -> None:
    """The code is made here, so it never stands in the queue; a retry makes a new one."""
    with clinic_scope(clinic_id):
        made = member_links.make_code(link_id=link_id, at=timezone.now())
        if made is None:
            return
        link, code = made
        address = link.address or member_links.address_of(link)
        if address and link.contact_kind in kinds_that_can_be_sent():
            with override(link.customer.language or Clinic.objects.get(pk=clinic_id).language):
                send_code(link.contact_kind, address, code, Clinic.objects.get(pk=clinic_id))


@shared_task(name="loyalty.sweep")
def sweep() -> None:
    """One task a clinic, for sales whose nudge was lost."""
    for clinic_id in Clinic.objects.filter(is_active=True).values_list("pk", flat=True):
        send("loyalty.accrue_sales", {"clinic_id": clinic_id})
        send("loyalty.settle_offers", {"clinic_id": clinic_id})


@shared_task(name="loyalty.expire_points")
def expire_points() -> None:
    """Every few minutes: ask for the nightly work of each clinic where it is not done yet."""
    now = timezone.now()
    for clinic in Clinic.objects.filter(is_active=True).order_by("pk"):
        with clinic_scope(clinic.pk):
            if nights.day_to_close(clinic, at=now):
                enqueue("loyalty.close_night")


@shared_task(name="loyalty.close_night")
def close_night(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id):
        nights.close_once(at=timezone.now())
