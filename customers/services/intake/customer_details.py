"""What hangs on a customer: contact points, consents and tags, many customers at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.utils.translation import gettext as _

from customers.models import Consent, ContactPoint, Tag
from customers.services import before_images, consent, tagging
from customers.services.consent import ConsentChange
from customers.services.intake import cleaning
from customers.services.intake.batch import Batch, Refused
from customers.services.intake.records import CustomerRecord

_PURPOSE = Consent._meta.get_field("purpose")
_CHANNEL = Consent._meta.get_field("channel")
_TEXT_VERSION = Consent._meta.get_field("text_version")
_PROOF = Consent._meta.get_field("proof")
_TAG = Tag._meta.get_field("name")


class Draft(Protocol):
    key: str
    record: CustomerRecord
    pk: int
    phones: list[str] | None
    emails: list[str] | None
    is_new: bool
    is_changed: bool
    is_found_otherwise: bool


def check(record: CustomerRecord) -> None:
    """Raises Refused for a consent or tag that cannot be taken."""
    for said in record.consents or ():
        cleaning.choice(_PURPOSE, said.purpose)
        cleaning.choice(_CHANNEL, said.channel)
        cleaning.text(_TEXT_VERSION, said.text_version)
        cleaning.text(_PROOF, said.proof)
        if said.at is not None:
            cleaning.instant("consents", said.at)
    for name in record.tags or ():
        if not cleaning.text(_TAG, name):
            raise Refused("tags", "required", _("A tag is empty. Send its name."))


def tags_of(drafts: Sequence[Draft]) -> dict[str, int]:
    """name → tag, of all that are said."""
    return tagging.tag_ids(name for draft in drafts for name in draft.record.tags or ())


def write(batch: Batch, drafts: Sequence[Draft], tags: Mapping[str, int]) -> None:
    """Write what differs; what changed is noted on the drafts. tags: as `tags_of` said."""
    for kind, attribute in (("phone", "phones"), ("email", "emails")):
        _write_contacts(batch, drafts, kind, attribute)
    _write_tags(batch, drafts, tags)
    _write_consents(batch, drafts)


def _write_contacts(batch: Batch, drafts: Sequence[Draft], kind: str, attribute: str) -> None:
    """The first value becomes primary, others stay or are added; an empty list removes all."""
    saying = [draft for draft in drafts if getattr(draft, attribute) is not None]
    current = _contacts_of([d.pk for d in saying if not d.is_new], kind)
    gone: list[int] = []
    demoted: list[int] = []
    promoted: list[int] = []
    added: list[dict[str, Any]] = []
    for draft in saying:
        values, known = getattr(draft, attribute), current.get(draft.pk, {})
        before = len(gone) + len(demoted) + len(promoted) + len(added)
        if not values:
            gone += [point.pk for point in known.values()]
        else:
            demoted += [p.pk for v, p in known.items() if p.is_primary and v != values[0]]
            if values[0] in known and not known[values[0]].is_primary:
                promoted.append(known[values[0]].pk)
            added += [
                {"customer_id": draft.pk, "kind": kind, "value": value, "is_valid": True,
                 "is_primary": value == values[0], "created_at": batch.at}
                for value in values if value not in known
            ]  # fmt: skip
        if before != len(gone) + len(demoted) + len(promoted) + len(added):
            draft.is_changed = draft.is_found_otherwise = True
    before_images.changing(ContactPoint, [*gone, *demoted, *promoted])
    _apply_contacts(gone, demoted, promoted)
    before_images.insert_on_customers(ContactPoint, added)


def _contacts_of(customer_ids: list[int], kind: str) -> dict[int, dict[str, ContactPoint]]:
    found: dict[int, dict[str, ContactPoint]] = defaultdict(dict)
    if customer_ids:
        for point in ContactPoint.objects.filter(customer_id__among=customer_ids, kind=kind):
            found[point.customer_id][point.value] = point
    return found


def _apply_contacts(gone: list[int], demoted: list[int], promoted: list[int]) -> None:
    """Demote before promoting: there is never more than one primary of a kind."""
    if gone:
        ContactPoint.objects.filter(pk__in=gone).delete()
    if demoted:
        ContactPoint.objects.filter(pk__in=demoted).update(is_primary=False)
    if promoted:
        ContactPoint.objects.filter(pk__in=promoted).update(is_primary=True)


def _write_tags(batch: Batch, drafts: Sequence[Draft], tags: Mapping[str, int]) -> None:
    saying = [draft for draft in drafts if draft.record.tags]
    if not saying:
        return
    added = tagging.add_tags(
        [(d.pk, d.record.tags or ()) for d in saying],
        at=batch.at,
        ids=tags,
        new_customers={d.pk for d in saying if d.is_new},
    )
    for draft, is_new in zip(saying, added, strict=True):
        draft.is_changed = draft.is_changed or is_new


def _write_consents(batch: Batch, drafts: Sequence[Draft]) -> None:
    owners: dict[int, Draft] = {draft.pk: draft for draft in drafts}
    changes = [
        ConsentChange(
            draft.pk,
            said.purpose,
            said.channel,
            said.is_given,
            said.at,
            said.text_version.strip(),
            said.proof.strip(),
        )
        for draft in drafts
        for said in draft.record.consents or ()
    ]
    effects = consent.apply_changes(changes, at=batch.at, source=batch.source)
    for change, effect in zip(changes, effects, strict=True):
        owner = owners[change.customer_id]
        if effect == "changed":
            owner.is_changed = True
        elif effect == "outdated":
            batch.remark(
                owner.key,
                "consents",
                "withdrawn_since",
                _("The customer withdrew this consent. Send when they said yes again."),
            )
