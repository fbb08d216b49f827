"""What high-value customers have in common that the other buyers have not."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from customers.models import Customer
from segmentation.models import Layer, ScoreRun
from segmentation.scores_pages.lift import Lift, lift
from segmentation.services.score_card import AGE_BANDS
from tenancy.models import Branch
from tenancy.scope import current_clinic_id

SMALLEST_GROUP = 20  # customers with the trait; of fewer nothing is said
CATEGORY_DAYS = timedelta(days=365)
KINDS: dict[str, str | Promise] = {
    "age": lazy("Age"),
    "gender": lazy("Gender"),
    "source": lazy("Source"),
    "branch": lazy("Branch"),
    "city": lazy("City"),
    "category": lazy("Bought in the last year"),
}
_BUYERS = """
FROM segmentation_customerscore AS score
JOIN customers_customer AS customer
  ON customer.clinic_id = %(clinic)s AND customer.id = score.customer_id
 AND customer.merged_into_id IS NULL AND customer.erased_at IS NULL
"""
_WHERE = """
WHERE score.clinic_id = %(clinic)s AND score.run_id = %(run)s
  AND score.last_purchase_on IS NOT NULL
  AND (%(branch)s::bigint IS NULL OR customer.home_branch_id = %(branch)s)
"""
_OWN = f"""
SELECT trait.kind, trait.value, count(*) FILTER (WHERE score.layer = %(high)s),
    count(*) FILTER (WHERE score.layer <> %(high)s)
{_BUYERS}
CROSS JOIN LATERAL (VALUES
    ('all', ''),
    ('age', width_bucket(
        date_part('year', age(%(as_of)s::date, customer.birth_on)), %(bands)s::float8[])::text),
    ('gender', NULLIF(customer.gender, '')),
    ('source', NULLIF(customer.acquisition_source, '')),
    ('branch', customer.home_branch_id::text),
    ('city', NULLIF(customer.city, ''))) AS trait (kind, value)
{_WHERE} AND trait.value IS NOT NULL
GROUP BY 1, 2
"""
_CATEGORIES = f"""
SELECT 'category', treatment.category,
    count(DISTINCT score.customer_id) FILTER (WHERE score.layer = %(high)s),
    count(DISTINCT score.customer_id) FILTER (WHERE score.layer <> %(high)s)
{_BUYERS}
JOIN customers_sale AS sale
  ON sale.clinic_id = %(clinic)s AND sale.customer_id = customer.id AND sale.kind = 'sale'
 AND sale.net_minor > 0 AND sale.occurred_on > %(since)s AND sale.occurred_on <= %(as_of)s
JOIN customers_saleline AS line ON line.clinic_id = %(clinic)s AND line.sale_id = sale.id
JOIN customers_treatment AS treatment
  ON treatment.clinic_id = %(clinic)s AND treatment.id = line.treatment_id
 AND treatment.category <> ''
{_WHERE}
GROUP BY 1, 2
"""
Row = tuple[str, str, int, int]


@dataclass(frozen=True)
class Trait:
    """n: high-value customers with it. rate, rest_rate: of those whose value is known, 0–1."""

    kind: str | Promise
    label: str | Promise
    n: int
    rate: float
    rest_rate: float
    lift: Lift


@dataclass(frozen=True)
class Traits:
    """telling: what is more than chance, the strongest first. others: the rest."""

    n_high: int
    n_rest: int
    telling: list[Trait]
    others: list[Trait]


def traits_of(run: ScoreRun, branch: Branch | None) -> Traits | None:
    """High value against the other buyers; None where either is nobody. Three queries."""
    rows = _read(run, branch)
    _kind, _value, n_high, n_rest = next((row for row in rows if row[0] == "all"), ("", "", 0, 0))
    if not n_high or not n_rest:
        return None
    found = [trait for trait in _traits(rows, n_high, n_rest) if trait is not None]
    found.sort(key=lambda trait: (-trait.lift.value, str(trait.label)))
    telling = [trait for trait in found if trait.lift.tells]
    return Traits(n_high, n_rest, telling, [trait for trait in found if not trait.lift.tells])


def _read(run: ScoreRun, branch: Branch | None) -> list[Row]:
    parameters: dict[str, Any] = {
        "clinic": current_clinic_id(), "run": run.pk, "high": Layer.HIGH.value,
        "as_of": run.as_of, "since": run.as_of - CATEGORY_DAYS, "bands": list(AGE_BANDS),
        "branch": branch.pk if branch else None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_OWN, parameters)
        rows = cursor.fetchall()
        cursor.execute(_CATEGORIES, parameters)
        return rows + cursor.fetchall()


def _traits(rows: list[Row], n_high: int, n_rest: int) -> Iterator[Trait | None]:
    """Rates are of those whose age, source … is known; of all for what they bought."""
    known: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for kind, _value, high, rest in rows:
        known[kind][0] += high
        known[kind][1] += rest
    known["category"] = [n_high, n_rest]
    labels = _labels()
    for kind, value, high, rest in rows:
        n, m = known[kind]
        if kind in KINDS and n and m and high + rest >= SMALLEST_GROUP and high + rest < n + m:
            label = labels[kind].get(value, value) if kind in labels else value
            yield Trait(KINDS[kind], label, high, high / n, rest / m, lift(high, n, rest, m))


def _labels() -> dict[str, dict[str, Any]]:
    """Of the values that are no words themselves."""
    bounds = [
        _("under %(to)s") % {"to": AGE_BANDS[0]},
        *(_("%(start)s to %(to)s") % {"start": a, "to": b - 1} for a, b in pairwise(AGE_BANDS)),
        _("%(start)s or older") % {"start": AGE_BANDS[-1]},
    ]
    return {
        "age": {str(number): text for number, text in enumerate(bounds)},
        "gender": dict(Customer.Gender.choices),
        "branch": {str(pk): name for pk, name in Branch.objects.values_list("pk", "name")},
    }
