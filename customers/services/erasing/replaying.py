"""Erasing again, after a backup was restored that does not know of it."""

import json
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from customers.models import Customer, Tombstone
from customers.services.erasing.erase import erase, known_digests
from customers.services.erasing.log import log_path
from tenancy.scope import current_clinic_id


def replay() -> tuple[int, int]:
    """(erased again, known as erased) of the current clinic, from its log.

    A number counts as the same person when one of its present digests stands in the line; after a
    restore a number may have gone to somebody else.
    """
    path = log_path(current_clinic_id())
    if not path.exists():
        return 0, 0
    n_again = n_known = 0
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        with transaction.atomic():
            customer = Customer.with_merged.filter(pk=line["customer"]).first()
            if customer is None or customer.erased_at is not None:
                n_known += 1
            elif known_digests(customer).keys() & line["digests"].keys():
                erase(customer=customer, by=None, at=timezone.now(), label="replay")
                n_again += 1
            _stand_again(line)
    return n_again, n_known


def _stand_again(line: dict) -> None:
    """The tombstones themselves may be younger than the backup."""
    Tombstone.objects.bulk_create(
        (
            Tombstone(
                subject_id=line["customer"],
                kind=kind,
                digest=digest,
                key_mark=line.get("key", ""),
                erased_at=datetime.fromisoformat(line["erased_at"]),
            )
            for digest, kind in line["digests"].items()
        ),
        ignore_conflicts=True,
    )
