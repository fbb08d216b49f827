"""Rewards: the catalogue, and points exchanged for one of them, once a key, the last piece once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.services.timeline import record_event
from loyalty.codes import new_code
from loyalty.exceptions import KeyUsedOtherwise
from loyalty.models import Account, LedgerEntry, Programme, Redemption, Reward
from loyalty.queries.rewards import account_of, may_undo, objection, segments_with
from loyalty.refusals import (
    CannotUndo,
    FieldRefused,
    NoAccount,
    NotToBeHandedOver,
    OutOfStock,
    RewardNotForThem,
    RewardNotOnOffer,
)
from loyalty.services.redemption import give_points_back, redeem
from tenancy.clock import local_day
from tenancy.models import Branch, Clinic, Membership
from tenancy.scope import current_clinic_id
from tenancy.services.audit import record

MOST_POINTS = 10_000_000
State = Redemption.State


@dataclass(frozen=True)
class Exchange:
    """Who asks for a reward, where and how. key: of the click or request, one effect a key."""

    customer: Customer
    key: str
    at: datetime
    door: Redemption.Door = Redemption.Door.DESK
    branch: Branch | None = None
    actor: Membership | None = None
    is_handed_over: bool = True  # False: claimed from afar, to be fetched


@transaction.atomic
def save_reward(
    *,
    programme: Programme,
    terms: Mapping[str, Any],
    by: Membership | None,
    reward: Reward | None = None,
) -> Reward:
    """Put a reward into the catalogue or change it. terms: columns of Reward.

    Raises FieldRefused.
    """
    _refuse_odd(terms)
    reward = reward or Reward(programme=programme)
    for name, value in terms.items():
        setattr(reward, name, value)
    try:
        with transaction.atomic():
            reward.save()
    except IntegrityError as broken:
        if "reward_name_once" not in str(broken):
            raise
        raise FieldRefused("name", _("There is a reward of this name already.")) from None
    record(action="reward.saved", by=by, subject=reward)
    return reward


def _refuse_odd(terms: Mapping[str, Any]) -> None:
    if not str(terms["name"]).strip():
        raise FieldRefused("name", _("Give it a name that members understand."))
    if terms["points"] < 1:
        raise FieldRefused(
            "points", _("A reward costs at least one point; for nothing, issue a coupon instead.")
        )
    if terms["points"] > MOST_POINTS:
        raise FieldRefused("points", _("That is more than ten million points. Check the number."))
    if terms.get("money_minor", 0) < 0:
        raise FieldRefused("money_minor", _("The money beside the points cannot be below zero."))
    if terms.get("cost_minor", 0) < 0:
        raise FieldRefused("cost_minor", _("The cost cannot be below zero."))
    if (terms.get("stock") or 0) < 0:
        raise FieldRefused("stock", _("The stock cannot be below zero. Empty: without limit."))
    ends_on = terms.get("ends_on")
    if ends_on and ends_on < terms["starts_on"]:
        raise FieldRefused("ends_on", _("The last day lies before the first."))


@transaction.atomic
def exchange(*, reward: Reward, asked: Exchange) -> Redemption:
    """Take one piece and its points; a repeated key returns the first and takes nothing more.

    The row of the key comes first, so a second request with it waits for the first and finds it;
    then one conditional update takes the piece, then the points go. All of it or nothing.
    Raises NoAccount, RewardNotOnOffer, RewardNotForThem, OutOfStock, InsufficientPoints,
    KeyUsedOtherwise.
    """
    if earlier := Redemption.objects.filter(idempotency_key=asked.key).first():
        return _same(earlier, reward, asked)
    on = _today(asked.at)
    account = _account(reward, asked)
    _refuse_ineligible(reward, account, asked, on)
    try:
        with transaction.atomic():
            made = _write(reward, account, asked)
    except IntegrityError as broken:
        if "redemption_key_once" not in str(broken):
            raise
        return _same(Redemption.objects.get(idempotency_key=asked.key), reward, asked)
    _take_piece(reward)
    redeem(
        account=account,
        points=reward.points,
        on=on,
        idempotency_key=f"reward:{made.pk}",
        actor=asked.actor,
        reason=reward.name,
    )
    _tell(made, "reward.redeemed" if asked.is_handed_over else "reward.claimed", asked.at)
    return made


def _same(earlier: Redemption, reward: Reward, asked: Exchange) -> Redemption:
    if (earlier.reward_id, earlier.customer_id) != (reward.pk, asked.customer.pk):
        raise KeyUsedOtherwise
    return earlier


def _account(reward: Reward, asked: Exchange) -> Account:
    account = account_of(asked.customer, programme_id=reward.programme_id)
    if account is None:
        raise NoAccount
    return account


def _refuse_ineligible(reward: Reward, account: Account, asked: Exchange, on: date) -> None:
    is_elsewhere = reward.branch_id and asked.branch and reward.branch_id != asked.branch.pk
    if not Reward.objects.on_offer(on).filter(pk=reward.pk).exists():
        raise RewardNotOnOffer(name=reward.name)
    if is_elsewhere:
        why = _("it is handed over at %(branch)s only.") % {"branch": reward.branch}
        raise RewardNotForThem(name=reward.name, why=why)
    segments = segments_with(account.customer_id, [reward.segment], on=on)
    if reason := objection(reward, account, segments):
        raise RewardNotForThem(name=reward.name, why=reason)


def _write(reward: Reward, account: Account, asked: Exchange) -> Redemption:
    handed = asked.is_handed_over
    return Redemption.objects.create(
        reward=reward,
        account=account,
        customer=asked.customer,
        points=reward.points,
        money_minor=reward.money_minor,
        branch=asked.branch,
        state=State.HANDED_OVER if handed else State.CLAIMED,
        door=asked.door,
        code=new_code(),
        idempotency_key=asked.key,
        claimed_at=asked.at,
        claimed_by=asked.actor,
        handed_over_at=asked.at if handed else None,
        handed_over_by=asked.actor if handed else None,
    )


def _take_piece(reward: Reward) -> None:
    """One statement decides who gets the last piece."""
    if Reward.objects.filter(pk=reward.pk, stock__isnull=True).exists():
        return
    taken = Reward.objects.filter(pk=reward.pk, stock__gt=0).update(stock=F("stock") - 1)
    if not taken:
        raise OutOfStock(name=reward.name)


@transaction.atomic
def hand_over(
    *, redemption: Redemption, at: datetime, by: Membership | None, branch: Branch | None = None
) -> Redemption:
    """What was claimed from afar leaves the desk, once. Raises NotToBeHandedOver."""
    given = Redemption.objects.filter(pk=redemption.pk, state=State.CLAIMED).update(
        state=State.HANDED_OVER,
        handed_over_at=at,
        handed_over_by=by,
        branch=branch or redemption.branch,
    )
    if not given:
        raise NotToBeHandedOver
    redemption.refresh_from_db()
    _tell(redemption, "reward.redeemed", at)
    return redemption


@transaction.atomic
def undo(*, redemption: Redemption, at: datetime, by: Membership | None) -> Redemption:
    """Points and piece go back where they came from, once, within minutes. Raises CannotUndo."""
    if not may_undo(redemption, at=at):
        raise CannotUndo
    undone = Redemption.objects.filter(pk=redemption.pk, state=redemption.state).update(
        state=State.UNDONE, undone_at=at, undone_by=by
    )
    if not undone:
        raise CannotUndo
    Reward.objects.filter(pk=redemption.reward_id, stock__isnull=False).update(stock=F("stock") + 1)
    key = f"redemption:reward:{redemption.pk}"
    spent = LedgerEntry.objects.filter(idempotency_key=key).first()
    if spent is None:  # brought in from elsewhere: no points of ours were taken
        raise CannotUndo
    give_points_back(
        redemption=spent,
        on=_today(at),
        idempotency_key=f"reward:{redemption.pk}",
        actor=by,
        reason=redemption.reward.name,  # no words: members read it in their own language
    )
    redemption.refresh_from_db()
    _tell(redemption, "reward.undone", at)
    return redemption


def _tell(redemption: Redemption, kind: str, at: datetime) -> None:
    record_event(
        kind=kind,
        customer=redemption.customer,
        occurred_at=at,
        source_key=f"redemption:{redemption.pk}",
        at=at,
        payload={"items": [redemption.reward.name], "points": redemption.points},
    )


def _today(at: datetime) -> date:
    return local_day(Clinic.objects.get(pk=current_clinic_id()).zone, at)
