"""Who is who: the ids under which sources know our customers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _

from customers.models import Identity
from customers.services import before_images
from customers.services.intake.batch import MAX_EXTERNAL_ID, MAX_SOURCE, Batch, Refused
from customers.services.intake.records import CustomerRecord

Key = tuple[str, str]  # source, external id


class Draft(Protocol):
    key: str
    record: CustomerRecord
    identities: list[Key]
    pk: int
    is_changed: bool
    is_found_otherwise: bool


def customers_by_identity(keys: Iterable[Key]) -> dict[Key, int]:
    """(source, external id) → customer, for those that are known."""
    by_source: dict[str, list[str]] = {}
    for source, external_id in keys:
        by_source.setdefault(source, []).append(external_id)
    found: dict[Key, int] = {}
    for source, external_ids in by_source.items():
        rows = Identity.objects.filter(source=source, external_id__among=external_ids)
        for external_id, pk in rows.values_list("external_id", "customer_id"):
            found[source, external_id] = pk
    return found


class IdentityBook:
    """The identities a batch of customers speaks of: read once, extended, written once."""

    def __init__(self, source: str, drafts: Sequence[Draft]) -> None:
        self.source = source
        keys = {key for draft in drafts for key in self.keys_of(draft)}
        referrers = {draft.record.referrer_external_id or "" for draft in drafts} - {""}
        keys |= {(source, text.strip()) for text in referrers}
        self._known = customers_by_identity(keys)
        owners = {self._known[key] for key in keys if key in self._known and key[0] != source}
        rows = Identity.objects.filter(source=source, customer_id__among=owners)
        self._named_by_source = set(rows.values_list("customer_id", flat=True)) if owners else set()
        self._claimed: dict[Key, str] = {}

    def customer_of(self, batch: Batch, draft: Draft) -> int | None:
        """The known customer behind a draft: by the source's own id, else by a further one.

        A source that names one customer twice means two people, so a further id finds only
        customers this source has not named yet. Raises Refused when an id is another's.
        """
        pk = self._known.get((self.source, draft.key))
        owners = {self._known[key] for key in draft.identities if key in self._known}
        if pk is None and len(owners) == 1 and not owners & self._named_by_source:
            pk = next(iter(owners))
            self._named_by_source.add(pk)
        kept = [key for key in draft.identities if self._is_free(key, pk, draft)]
        if len(kept) < len(draft.identities):
            batch.leave_out_or_refuse(draft.key, _identity_of_another())
            draft.identities = kept
        return pk

    def _is_free(self, key: Key, pk: int | None, draft: Draft) -> bool:
        if key in self._known:
            return self._known[key] == pk
        return self._claimed.setdefault(key, draft.key) == draft.key

    def customer_by_id(self, external_id: str) -> int | None:
        return self._known.get((self.source, external_id))

    def write(self, drafts: Sequence[Draft], *, at: datetime) -> None:
        """Add the ids that are new; what they change is noted on the draft."""
        rows = []
        for draft in drafts:
            for source, external_id in self.keys_of(draft):
                if (source, external_id) in self._known:
                    continue
                self._known[source, external_id] = draft.pk
                draft.is_changed = draft.is_found_otherwise = True
                rows.append(
                    {
                        "customer_id": draft.pk,
                        "source": source,
                        "external_id": external_id,
                        "created_at": at,
                    }
                )
        before_images.insert_on_customers(Identity, rows)

    def keys_of(self, draft: Draft) -> list[Key]:
        return [(self.source, draft.key), *draft.identities]


def checked_identity(pair: Key) -> Key:
    """Raises Refused for a pair that cannot be kept."""
    source, external_id = pair[0].strip(), pair[1].strip()
    is_fine = 0 < len(source) <= MAX_SOURCE and 0 < len(external_id) <= MAX_EXTERNAL_ID
    if not (is_fine and source.isprintable() and external_id.isprintable()):
        raise Refused(
            "identities",
            "invalid_identity",
            _("An id needs a source of 1 to 60 and a value of 1 to 120 printable characters."),
        )
    return source, external_id


def _identity_of_another() -> Refused:
    return Refused(
        "identities",
        "identity_of_another",
        _("One of the ids belongs to another customer. Merge the two, or correct the id."),
    )
