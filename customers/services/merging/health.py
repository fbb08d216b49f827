"""What a treatment must know of a body is never thrown away: both texts are kept, both warnings."""

from customers.merge_steps import MergeContext
from customers.models import CustomerHealth
from customers.services.merging.choices import joined
from customers.services.merging.journal import Journal
from customers.services.raw_rows import raw_rows

TEXTS = ("skin_type", "allergies", "contraindications", "medical_notes")
FLAGS = ("has_allergy", "has_contraindication")


def combine(journal: Journal, context: MergeContext) -> None:
    """Write both records' texts onto the survivor's; the other record is then dropped as usual."""
    both = CustomerHealth.objects.filter(customer__in=[context.survivor_id, context.merged_id])
    found = {row.customer_id: row for row in both}
    own, other = found.get(context.survivor_id), found.get(context.merged_id)
    if own is None or other is None:
        return
    before = raw_rows(CustomerHealth, [own.pk])[0]
    for name in TEXTS:
        setattr(own, name, joined(getattr(own, name), getattr(other, name)))
    for name in FLAGS:
        setattr(own, name, getattr(own, name) or getattr(other, name))
    own.updated_at = context.at
    own.save()
    after = raw_rows(CustomerHealth, [own.pk])[0]
    changed = [name for name in after if after[name] != before[name]]
    journal.entries.append(
        [
            "changed",
            CustomerHealth._meta.label,
            own.pk,
            {name: before[name] for name in changed},
            {name: after[name] for name in changed},
        ]
    )
