"""The catalogue as settings list it."""

from django.db.models import Q, QuerySet

from customers.models import Treatment


def treatment_list(text: str = "") -> QuerySet[Treatment]:
    """Treatments by category and name, offered ones first; text: a part of name or code."""
    rows = Treatment.objects.order_by("-is_active", "category", "name", "pk")
    if not text or "\x00" in text:
        return rows if not text else rows.none()
    return rows.filter(Q(name__icontains=text) | Q(code__icontains=text))


def categories() -> list[str]:
    """Names of the categories in use, to choose from while typing."""
    found = Treatment.objects.exclude(category="").order_by("category")
    return list(found.values_list("category", flat=True).distinct())
