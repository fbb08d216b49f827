"""Which version of an object stands in our books: the newest one, whatever came first."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from customers.models import AppliedVersion
from customers.services.bulk_rows import insert_rows

Key = tuple[str, str]  # kind, external id

_NEVER_BACK = (
    "(clinic_id, source, kind, external_id) DO UPDATE SET version = EXCLUDED.version"
    " WHERE customers_appliedversion.version <= EXCLUDED.version"
)


def versions_of(source: str, keys: Iterable[Key]) -> dict[Key, Decimal]:
    """The version applied last, of those objects that have one."""
    wanted = set(keys)
    rows = AppliedVersion.objects.filter(
        source=source,
        kind__in={kind for kind, _id in wanted},
        external_id__in={external_id for _kind, external_id in wanted},
    )
    found = {(row.kind, row.external_id): row.version for row in rows}
    return {key: version for key, version in found.items() if key in wanted}


def note_versions(source: str, versions: Mapping[Key, Decimal]) -> None:
    """Remember what was applied; a version never goes back."""
    rows = [
        {"source": source, "kind": kind, "external_id": external_id, "version": version}
        for (kind, external_id), version in sorted(versions.items())
    ]
    insert_rows(AppliedVersion, rows, on_conflict=_NEVER_BACK)
