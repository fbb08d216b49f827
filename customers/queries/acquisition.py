"""Sources with how many customers they brought and what that cost."""

from dataclasses import dataclass

from django.db.models import Count

from customers.models import AcquisitionSource, Customer

MOST_UNNAMED = 50


@dataclass(frozen=True)
class SourceLine:
    """One source. source: None where customers name it, but nobody has kept it yet."""

    source: AcquisitionSource | None
    name: str
    n_customers: int

    @property
    def total_minor(self) -> int | None:
        """What its customers cost together, in minor units; None while the cost is not known."""
        if self.source is None or self.source.cost_minor is None:
            return None
        return self.n_customers * self.source.cost_minor


def source_lines() -> list[SourceLine]:
    """Kept sources first, then what customers name besides; two queries."""
    counted = (
        Customer.objects.exclude(acquisition_source="")
        .order_by()
        .values_list("acquisition_source")
        .annotate(n=Count("pk"))
        .order_by("-n", "acquisition_source")
    )
    n_by_name = dict(counted)
    kept = list(AcquisitionSource.objects.all())
    names = {source.name for source in kept}
    lines = [SourceLine(source, source.name, n_by_name.get(source.name, 0)) for source in kept]
    besides = [(name, n) for name, n in n_by_name.items() if name not in names]
    return lines + [SourceLine(None, name, n) for name, n in besides[:MOST_UNNAMED]]


def cost_of_sources() -> dict[str, int]:
    """{source as customers name it: cost of one won customer, minor units}, where it is known."""
    known = AcquisitionSource.objects.filter(cost_minor__isnull=False)
    return dict(known.values_list("name", "cost_minor"))
