"""Digests by which an erased person is known again without anybody being able to read them back.

An id of a source tells who it is by itself. A name does with a birthday, a phone or an e-mail; a
phone alone does not, because families share one.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date

from django.utils.crypto import salted_hmac

from tenancy.scope import current_clinic_id

Key = tuple[str, str]  # source, external id


def identity_digests(keys: Iterable[Key]) -> Iterator[str]:
    for source, external_id in keys:
        yield _digest("identity", source, external_id)


def person_digests(
    name: str, *, birth_on: date | None, phones: Iterable[str], emails: Iterable[str]
) -> Iterator[str]:
    """phones in E.164, emails as they are kept; a name of nothing tells nothing."""
    plain = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    if not plain:
        return
    if birth_on is not None:
        yield _digest("birthday", plain, birth_on.isoformat())
    for phone in phones:
        yield _digest("phone", plain, phone)
    for email in emails:
        yield _digest("email", plain, email.casefold())


def _digest(kind: str, *parts: str) -> str:
    told = "\0".join((str(current_clinic_id()), kind, *parts))
    return salted_hmac("customers.tombstone", told, algorithm="sha256").hexdigest()
