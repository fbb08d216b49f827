"""What the rule packs say of a campaign's words, and who answered for what they warn of.

`unanswered(campaign=, clinic=, texts=)` is what stands in the way of a launch; `answer(…)` keeps
a person's name, reason and the pack's version. What is_final says nobody may override.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.content import Finding, findings, framed_sms, packs_for
from campaigns.content.packs import PACKS, Pack
from campaigns.content.rules import RULES
from campaigns.exceptions import CampaignRefused
from campaigns.models import Campaign, ContentOverride
from customers.models import Treatment
from tenancy.models import Clinic, Membership

MAX_WORDS = 200
MOST_NAMES = 5  # treatments of the catalogue told of, beside a field that would name them
TREATMENT_FIELDS = ("last_treatment", "due_treatment")


@dataclass(frozen=True)
class Checked:
    """A finding in a campaign, with who answered for it (None: nobody yet)."""

    finding: Finding
    override: ContentOverride | None = None

    @property
    def is_in_the_way(self) -> bool:
        return self.finding.severity == "block" and self.override is None


def check_text(
    *, subject: str, body: str, channel: str, language: str, clinic: Clinic
) -> list[Finding]:
    """Of one message as it travels: an SMS with signature and opt-out, a mail with its footer.

    The spans of a mail run over subject, a line break, and body; an SMS has its body only.
    """
    packs = packs_for(clinic.country)
    text = f"{subject}\n{body}" if channel == "email" else body
    found = [
        *findings(text, channel=channel, packs=packs),
        *_brought_in(text, channel, packs),
    ]
    if channel == "sms":
        framed = framed_sms(body, signature=signature_of(clinic), language=language)
        missing = findings(framed, channel=channel, packs=packs, is_whole=True)
        return [*found, *(one for one in missing if one.is_final)]
    return found if channel != "email" or clinic.postal_address else [*found, *_no_sender(packs)]


def _brought_in(text: str, channel: str, packs: Sequence[Pack]) -> list[Finding]:
    """A field that names treatments brings the words of the catalogue in: told, not in the way.

    Once a rule, with the names that break it.
    """
    fields = [name for name in TREATMENT_FIELDS if name in text]
    if not fields:
        return []
    names: dict[str, list[str]] = {}
    first: dict[str, Finding] = {}
    catalogue = Treatment.objects.filter(is_active=True).order_by("name", "pk")
    for name in catalogue.values_list("name", flat=True):
        said = (one for one in findings(name, channel=channel, packs=packs) if not one.like)
        for one in islice(said, 1):  # a name is no sentence: what it resembles says nothing
            names.setdefault(one.rule_id, []).append(name)
            first.setdefault(one.rule_id, one)
    return [
        replace(one, severity="warn", span=(0, 0), like="", words=_named(fields[0], names[rule_id]))
        for rule_id, one in first.items()
    ]


def _named(field: str, names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    return f"{{{{ {field} }}}}: {shown}{' …' if len(names) > MOST_NAMES else ''}"


def signature_of(clinic: Clinic) -> str:
    return clinic.sender_name or clinic.name


def _no_sender(packs: Iterable) -> list[Finding]:
    rule = RULES["sender_missing"]
    return [
        Finding(
            "sender_missing", pack.id, pack.version, pack.rules["sender_missing"].cites,
            pack.rules["sender_missing"].severity, (0, 0), "", rule.name, rule.why,
            rule.what_to_do,
        )
        for pack in packs
        if "sender_missing" in pack.rules and "email" in pack.channels
    ]  # fmt: skip


def checked(
    *, campaign: Campaign, clinic: Clinic, texts: Iterable[tuple[str, str, str, str]]
) -> list[Checked]:
    """texts: (subject, body, channel, language) of every message. Each words-and-rule once."""
    overrides = {
        (one.rule_id, one.pack_version, one.words): one
        for one in ContentOverride.objects.filter(campaign=campaign).select_related(
            "overridden_by__user"
        )
    }
    found: dict[tuple[str, str, str], Checked] = {}
    for subject, body, channel, language in texts:
        for one in check_text(
            subject=subject, body=body, channel=channel, language=language, clinic=clinic
        ):
            key = (one.rule_id, one.version, one.words[:MAX_WORDS])
            found.setdefault(key, Checked(one, overrides.get(key)))
    return list(found.values())


def unanswered(
    *, campaign: Campaign, clinic: Clinic, texts: Iterable[tuple[str, str, str, str]]
) -> list[Checked]:
    """What stands in the way of a launch."""
    every = checked(campaign=campaign, clinic=clinic, texts=texts)
    return [one for one in every if one.is_in_the_way]


@transaction.atomic
def answer(
    *, campaign: Campaign, rule_id: str, version: str, words: str, reason: str,
    by: Membership, at: datetime,
) -> ContentOverride:  # fmt: skip
    """Override a rule for these words, by name; a repeated call changes nothing.

    Raises CampaignRefused without a reason, and where nobody may override.
    """
    pack = next((one for one in PACKS if rule_id in one.rules and one.version == version), None)
    if pack is None:
        raise CampaignRefused(_("There is no such rule any more. Check the words again."))
    if pack.rules[rule_id].is_final:
        raise CampaignRefused(_("Nobody may override this one: change the message."))
    if not reason.strip():
        raise CampaignRefused(_("Say why this wording may stay."), field="reason")
    override, _is_new = ContentOverride.objects.get_or_create(
        campaign=campaign, rule_id=rule_id, pack_version=version, words=words[:MAX_WORDS],
        defaults={
            "pack": pack.id, "reason": reason.strip()[:300], "overridden_by": by,
            "overridden_at": at,
        },
    )  # fmt: skip
    return override
