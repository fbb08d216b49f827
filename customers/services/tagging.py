"""Tags on customers, many at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from customers.models import CustomerTag, Tag
from customers.services import before_images
from customers.services.bulk_rows import insert_rows

Tagged = tuple[int, Iterable[str]]  # customer, names of tags


def add_tags(
    tagged: Sequence[Tagged],
    *,
    at: datetime,
    ids: Mapping[str, int] | None = None,
    new_customers: Collection[int] = (),
) -> list[bool]:
    """Add the tags, making those the clinic does not have yet; of each customer whether it had
    not all of them. None is taken away.

    ids: of the tags, where `tag_ids` was asked before. new_customers: have none yet.
    """
    if not tagged:
        return []
    wanted = [(customer_id, [name.strip() for name in names]) for customer_id, names in tagged]
    if ids is None:
        ids = tag_ids(name for _customer_id, names in wanted for name in names)
    links = _links({customer_id for customer_id, _n in wanted}.difference(new_customers))
    rows, is_changed = [], []
    for customer_id, names in wanted:
        new = {(customer_id, ids[name]) for name in names} - links
        links |= new
        is_changed.append(bool(new))
        rows += [
            {"customer_id": customer_id, "tag_id": tag_id, "added_at": at} for _c, tag_id in new
        ]
    before_images.insert_on_customers(CustomerTag, rows)
    return is_changed


def _links(customer_ids: Collection[int]) -> set[tuple[int, int]]:
    """(customer, tag) as they stand."""
    if not customer_ids:
        return set()
    known = CustomerTag.objects.filter(customer_id__among=customer_ids)
    return set(known.values_list("customer_id", "tag_id"))


def tag_ids(texts: Iterable[str]) -> dict[str, int]:
    """name → tag; those the clinic does not have yet are made."""
    names = {text.strip() for text in texts}
    if not names:
        return {}
    known = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
    new = [{"name": name, "kind": ""} for name in sorted(names - known.keys())]
    if not new:
        return known
    insert_rows(Tag, new, on_conflict="DO NOTHING")
    return dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
