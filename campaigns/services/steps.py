"""Drawing the journey of a draft: adding, changing, moving and removing its steps and variants.

A draft may be unfinished; whether it can be walked is looked at on the review page and at launch.
What is wrong with one step by itself is said at once.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from campaigns.exceptions import CampaignRefused, JourneyRefused
from campaigns.journeys import END, MAX_STEPS, MAX_WAIT_DAYS
from campaigns.models import Campaign, Step, Variant
from campaigns.services import templates
from campaigns.services.draft import lock_draft
from campaigns.shares import divided

MAX_VARIANTS = 6


@dataclass(frozen=True)
class StepPlan:
    """What a step does; only what its kind needs. next_…: a number, END, or None: the next."""

    kind: str
    channel: str = ""
    wait_days: int = 0
    condition: str = ""
    script: str = ""
    next_if_yes: int | None = None
    next_if_no: int | None = None


@dataclass(frozen=True)
class VariantWords:
    name: str
    language: str
    share: int
    subject: str
    body: str


@transaction.atomic
def draw_first_step(*, campaign: Campaign) -> None:
    """Make the one message of a plan the first step of a journey. Safe to repeat."""
    campaign = lock_draft(campaign)
    if not campaign.steps.exists():
        step = Step.objects.create(campaign=campaign, number=1, kind="message", channel="email")
        Variant.objects.create(step=step, subject=campaign.subject, body=campaign.body)


@transaction.atomic
def add_step(*, campaign: Campaign, plan: StepPlan) -> Step:
    """At the end. A new message says nothing yet. Raises JourneyRefused, WrongState."""
    check_step(plan)
    campaign = lock_draft(campaign)
    n_steps = campaign.steps.count()
    if n_steps >= MAX_STEPS:
        raise JourneyRefused(_("A journey has at most %(n)s steps.") % {"n": MAX_STEPS})
    _changed(campaign)
    return Step.objects.create(campaign=campaign, number=n_steps + 1, **_columns(plan))


@transaction.atomic
def change_step(*, campaign: Campaign, number: int, plan: StepPlan) -> Step:
    """Its kind stays. Raises JourneyRefused, WrongState."""
    check_step(plan)
    campaign = lock_draft(campaign)
    step = campaign.steps.get(number=number)
    for name, value in _columns(plan).items():
        setattr(step, name, value)
    step.save()
    _changed(campaign)
    return step


@transaction.atomic
def remove_step(*, campaign: Campaign, number: int) -> None:
    """Those after it move up; who led to it goes on with what followed."""
    campaign = lock_draft(campaign)
    steps = list(campaign.steps.order_by("number"))
    if len(steps) <= 1:
        raise JourneyRefused(_("The only step cannot be removed. Change it instead."))
    kept = [step for step in steps if step.number != number]
    campaign.steps.filter(number=number).delete()
    _renumber(kept, {step.number: place for place, step in enumerate(kept, start=1)})
    _changed(campaign)


@transaction.atomic
def move_step(*, campaign: Campaign, number: int, by: int) -> None:
    """One place up (−1) or down (+1); nothing happens at the ends."""
    campaign = lock_draft(campaign)
    steps = list(campaign.steps.order_by("number"))
    other = number + by
    if not (1 <= number <= len(steps) and 1 <= other <= len(steps)):
        return
    places = {step.number: step.number for step in steps} | {number: other, other: number}
    _renumber(steps, places)
    _changed(campaign)


def _renumber(steps: list[Step], places: dict[int, int]) -> None:
    """New numbers, also where steps name each other; a name that is gone becomes «the next»."""
    for step in steps:
        step.number = places[step.number]
        for name in ("next_if_yes", "next_if_no"):
            target = getattr(step, name)
            if target not in (None, END):
                setattr(step, name, places.get(target))
    Step.objects.bulk_update(steps, ["number", "next_if_yes", "next_if_no"])


@transaction.atomic
def write_variant(*, campaign: Campaign, number: int, words: VariantWords) -> Variant:
    """Make or change what a step says under this name and language; the other variants share
    what is left of 100 percent.

    Raises JourneyRefused, TemplateRefused, WrongState.
    """
    campaign = lock_draft(campaign)
    step = campaign.steps.get(number=number, kind="message")
    is_mail = step.channel == "email"
    templates.check(subject=words.subject if is_mail else campaign.name, body=words.body)
    if not 0 <= words.share <= 100:
        raise JourneyRefused(_("A share is 0 to 100 percent."), step=number)
    plain = step.variants.filter(language="")
    if words.language and not plain.filter(name=words.name).exists():
        raise JourneyRefused(
            _("First write variant %(name)s for all other languages.") % {"name": words.name},
            step=number,
        )
    if not plain.filter(name=words.name).exists() and plain.count() >= MAX_VARIANTS:
        raise JourneyRefused(_("A step has at most %(n)s variants.") % {"n": MAX_VARIANTS})
    variant, _is_new = Variant.objects.update_or_create(
        step=step,
        name=words.name,
        language=words.language,
        defaults={"share": words.share, "subject": words.subject, "body": words.body},
    )
    _divide(step, {words.name: words.share})
    _follow_first_words(campaign, variant)
    _changed(campaign)
    return variant


@transaction.atomic
def remove_variant(*, campaign: Campaign, number: int, variant_id: int) -> None:
    """Removing the plain text of a variant removes its other languages too."""
    campaign = lock_draft(campaign)
    step = campaign.steps.get(number=number, kind="message")
    variant = step.variants.get(pk=variant_id)
    gone = step.variants.filter(name=variant.name)
    if variant.language:
        gone = gone.filter(pk=variant.pk)
    elif not step.variants.exclude(name=variant.name).exists():
        raise JourneyRefused(_("A message needs at least one variant."), step=number)
    try:
        gone.delete()
    except ProtectedError:
        raise JourneyRefused(
            _("Somebody was written to in these words already, so they stay."), step=number
        ) from None
    _divide(step, {})
    _changed(campaign)


def _divide(step: Step, said: dict[str, int]) -> None:
    """The variants that nothing was said of share the rest as before; one alone gets everybody."""
    plain = dict(step.variants.filter(language="").values_list("name", "share"))
    others = {name: share for name, share in plain.items() if name not in said}
    wanted = said | divided(others, 100 - sum(said.values())) if others else divided(plain, 100)
    for name, share in wanted.items():
        step.variants.filter(name=name).exclude(share=share).update(share=share)


def check_step(plan: StepPlan) -> None:
    """Raises JourneyRefused for what is wrong with this step alone."""
    if plan.kind not in Step.Kind.values:
        raise JourneyRefused(_("Choose a message, a wait, a branch or a call."))
    if plan.kind == "wait" and not 1 <= plan.wait_days <= MAX_WAIT_DAYS:
        raise JourneyRefused(_("Wait 1 to %(most)s days.") % {"most": MAX_WAIT_DAYS})
    if plan.kind == "message" and plan.channel not in Step.Channel.values:
        raise JourneyRefused(_("Choose by which channel the message goes."))
    if plan.kind == "branch" and plan.condition not in Step.Condition.values:
        raise JourneyRefused(_("Choose what the branch asks."))
    if plan.kind == "phone":
        if not plan.script.strip():
            raise CampaignRefused(_("Write what to say on the phone."), field="script")
        templates.check(subject=_("Call"), body=plan.script)


def _columns(plan: StepPlan) -> dict:
    return {
        "kind": plan.kind,
        "channel": plan.channel,
        "wait_days": plan.wait_days,
        "condition": plan.condition,
        "script": plan.script.strip(),
        "next_if_yes": plan.next_if_yes,
        "next_if_no": plan.next_if_no,
    }


def _follow_first_words(campaign: Campaign, variant: Variant) -> None:
    """The campaign shows what its first message says."""
    first = Variant.objects.filter(step__campaign=campaign, step__kind="message", language="")
    if first.order_by("step__number", "name").values_list("pk", flat=True).first() == variant.pk:
        campaign.subject = variant.subject or campaign.subject
        campaign.body = variant.body


def _changed(campaign: Campaign) -> None:
    """A change takes an approval back."""
    campaign.approved_by = campaign.approved_at = None
    campaign.save(update_fields=["approved_by", "approved_at", "subject", "body"])
