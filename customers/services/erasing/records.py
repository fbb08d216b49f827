"""What other systems called the person and their records, where it stands apart from them."""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from django.db import connection

from customers.models import AppliedVersion, Appointment, Interaction, Sale
from tenancy.models import IdempotencyKey
from tenancy.scope import current_clinic_id

_RECORDS = {"sale": Sale, "appointment": Appointment, "interaction": Interaction}
# An answer is kept as the text that was sent: JSON in JSON.
_ANSWERS = r"""
SELECT k.id FROM tenancy_idempotencykey k WHERE k.clinic_id = %s AND EXISTS (
    SELECT FROM unnest(%s::text[]) AS own(id)
    WHERE position('\"' || own.id || '\"' in k.body::text) > 0)
"""


def forget_records(ids: tuple[int, ...], identities: Iterable[tuple[str, str]]) -> None:
    """Before the records' own ids are blanked. ids: of the customer and those merged into it."""
    for source, external_id in identities:
        AppliedVersion.objects.filter(source=source, external_id=external_id).delete()
    names: list[str] = []
    for kind, model in _RECORDS.items():
        named = model.objects.filter(customer_id__in=ids).values_list("source", "external_id")
        for source, of_source in groupby(sorted(named), key=itemgetter(0)):
            own = [external_id for _source, external_id in of_source]
            AppliedVersion.objects.filter(source=source, kind=kind, external_id__in=own).delete()
            names += own
    if names:
        _forget_answers(names)


def _forget_answers(names: list[str]) -> None:
    said = IdempotencyKey.erasure
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERS, [current_clinic_id(), names])
        found = [pk for (pk,) in cursor.fetchall()]
    IdempotencyKey.objects.filter(pk__in=found).update(**said.blank)
