"""A ladder's rules: drafted, published from a day on, and put up when that day has come."""

from dataclasses import replace
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.exceptions import LadderRefused
from loyalty.models import (
    Account,
    LadderDraft,
    LadderVersion,
    Programme,
    Tier,
    TierInvitation,
)
from loyalty.queries.ladders import rules_of_tiers, version_on
from loyalty.queries.programmes import tiers_of_ladder
from loyalty.services.ladder_checks import check_rules, refuse_closed
from loyalty.services.turn import wait_for_ledger
from loyalty.tiering import LadderRules
from tenancy.models import Membership
from tenancy.queue import enqueue

LONGEST_AHEAD = timedelta(days=730)
NOT_YET = date.max  # of a tier whose version is not put up yet


@transaction.atomic
def publish(
    *,
    programme: Programme,
    rules: LadderRules,
    effective_on: date,
    today: date,
    by: Membership | None,
    draft: LadderDraft | None = None,
) -> LadderVersion:
    """Let these rules hold from that day on; a rung of tier 0 becomes a new tier.

    Raises LadderRefused: a ladder with a hole, a day that is over, or a closed programme.
    """
    check_rules(rules)
    refuse_closed(programme, today)
    if effective_on < today:
        raise LadderRefused(
            0, "effective_on",
            _("That day is over. Rules in force are never changed; choose today or later."),
        )  # fmt: skip
    if effective_on > today + LONGEST_AHEAD:
        message = _("That day is more than two years ahead. Check the date.")
        raise LadderRefused(0, "effective_on", message)
    wait_for_ledger()
    version = write_version(
        programme=programme, rules=rules, effective_on=effective_on, by=by, draft=draft
    )
    if effective_on == today:
        put_up(version)
        enqueue("loyalty.judge_tiers")
    return version


def write_version(
    *,
    programme: Programme,
    rules: LadderRules,
    effective_on: date,
    by: Membership | None,
    draft: LadderDraft | None = None,
) -> LadderVersion:
    """The caller holds the ledger's turn and has checked the rules."""
    rungs = [
        rung if rung.tier else replace(rung, tier=_new_tier(programme, rung.name, rank, rules))
        for rank, rung in enumerate(rules.rungs)
    ]
    last = LadderVersion.objects.filter(programme=programme).order_by("-number").first()
    return LadderVersion.objects.create(
        programme=programme,
        number=last.number + 1 if last else 1,
        effective_on=effective_on,
        rules=replace(rules, rungs=tuple(rungs)).as_json(),
        published_by=by,
        draft=draft,
    )


def _new_tier(programme: Programme, name: str, rank: int, rules: LadderRules) -> int:
    """Not on the ladder before the version is put up."""
    tier = Tier.objects.create(
        programme=programme,
        name=name.strip(),
        rank=rank,
        min_spend_minor=rules.rungs[rank].entry.spend_minor,
        retired_on=NOT_YET,
    )
    return tier.pk


def put_up(version: LadderVersion) -> bool:
    """Make the tiers say what the version says; was there anything to do?

    The whole ladder is taken down first: no name or rank clashes halfway.
    """
    wanted = {rung["tier"]: (rank, rung) for rank, rung in enumerate(version.rules["rungs"])}
    standing = {tier.pk: tier for tier in tiers_of_ladder(version.programme)}
    now = {pk: (t.rank, t.name, t.min_spend_minor) for pk, t in standing.items()}
    then = {
        pk: (rank, rung["name"], rung["entry"]["spend_minor"])
        for pk, (rank, rung) in wanted.items()
    }
    if now == then:
        return False
    tiers_of_ladder(version.programme).update(retired_on=version.effective_on)
    tiers = Tier.objects.filter(programme=version.programme).in_bulk(list(then))
    for pk, (rank, name, spend) in then.items():
        tier = tiers[pk]
        tier.rank, tier.name, tier.min_spend_minor, tier.retired_on = rank, name, spend, None
        tier.save()
    window_days = version.rules["window_days"]
    if version.programme.tier_window_days != window_days:
        version.programme.tier_window_days = window_days
        version.programme.save(update_fields=["tier_window_days"])
    return True


@transaction.atomic
def save_draft(
    *,
    programme: Programme,
    name: str,
    rules: LadderRules,
    by: Membership | None,
    draft: LadderDraft | None = None,
) -> LadderDraft:
    """Keep rules to try out. Changed rules lose the forecast that was made for the old ones.

    A draft that was published stays as it was: what is saved then is a new one.
    Raises LadderRefused.
    """
    check_rules(rules)
    plain = rules.as_json()
    if draft is None or draft.versions.exists():
        draft = LadderDraft(programme=programme, made_by=by)
    if draft.pk and draft.rules != plain:
        draft.moves.all().delete()
        draft.forecast, draft.job, draft.as_of = {}, None, None
    draft.name, draft.rules = name.strip() or _("Draft"), plain
    draft.save()
    return draft


@transaction.atomic
def invite(
    *,
    account: Account,
    tier: Tier,
    from_on: date,
    until_on: date | None,
    reason: str,
    by: Membership | None,
) -> TierInvitation:
    """Give a tier by invitation; the customer is judged right after.

    Raises LadderRefused for a tier of another programme, no reason, or an end before the start.
    """
    version = version_on(account.programme, from_on)
    if tier.programme_id != account.programme_id or tier.retired_on:
        message = _("This tier is not on the ladder of the customer's programme.")
        raise LadderRefused(0, "tier", message)
    if not reason.strip():
        message = _("Say why: the customer may ask, and the reason stands in the history.")
        raise LadderRefused(0, "reason", message)
    if until_on and until_on < from_on:
        raise LadderRefused(0, "until_on", _("The last day lies before the first one."))
    if version is None:
        write_first_version(account.programme, on=from_on)
    made = TierInvitation.objects.create(
        account=account, tier=tier, from_on=from_on, until_on=until_on,
        reason=reason.strip()[:200], invited_by=by,
    )  # fmt: skip
    enqueue("loyalty.judge_tiers")
    return made


def write_first_version(programme: Programme, *, on: date) -> LadderVersion:
    """The rules its tiers tell, as a version that receipts can name."""
    return write_version(
        programme=programme, rules=rules_of_tiers(programme), effective_on=on, by=None
    )
