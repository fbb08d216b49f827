"""Tags on customers, many at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from customers.models import CustomerTag, Tag
from customers.services import before_images
from customers.services.bulk_rows import insert_rows

Tagged = tuple[int, Iterable[str]]  # customer, names of tags


def add_tags(tagged: Sequence[Tagged], *, at: datetime) -> list[bool]:
    """Add the tags, making those the clinic does not have yet; of each customer whether it had
    not all of them. None is taken away."""
    if not tagged:
        return []
    wanted = [(customer_id, [name.strip() for name in names]) for customer_id, names in tagged]
    ids = _tag_ids({name for _customer_id, names in wanted for name in names})
    known = CustomerTag.objects.filter(
        customer_id__among={customer_id for customer_id, _n in wanted}
    )
    links = set(known.values_list("customer_id", "tag_id"))
    rows, is_changed = [], []
    for customer_id, names in wanted:
        new = {(customer_id, ids[name]) for name in names} - links
        links |= new
        is_changed.append(bool(new))
        rows += [
            {"customer_id": customer_id, "tag_id": tag_id, "added_at": at} for _c, tag_id in new
        ]
    insert_rows(CustomerTag, before_images.with_ids(CustomerTag, rows))
    return is_changed


def _tag_ids(names: set[str]) -> dict[str, int]:
    known = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
    new = [{"name": name, "kind": ""} for name in sorted(names - known.keys())]
    if not new:
        return known
    insert_rows(Tag, new, on_conflict="DO NOTHING")
    return dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
