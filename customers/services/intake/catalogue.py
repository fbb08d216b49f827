"""The clinic's own names → ids: branches, consultants, treatments."""

from functools import cached_property, lru_cache

from customers.models import Treatment
from customers.search_words import fold
from tenancy.models import Branch, Membership


class Catalogue:
    """Looks names up, each table read once a batch and only when asked for.

    Branches and treatments by code or name, consultants by display name or e-mail, whatever the
    case. A name that two consultants bear finds nobody.
    opens_branches: an unknown branch is opened instead of refused.
    """

    def __init__(self, *, opens_branches: bool) -> None:
        self.opens_branches = opens_branches
        self.items: dict[tuple[str, str], tuple[int | None, str, str]] = {}  # see sale_lines

    def load_treatments(self) -> None:
        """Read them now, so that a thread without a connection may ask."""
        self._treatments  # noqa: B018

    def branch_id(self, text: str) -> int | None:
        found = self._branches.get(_key(text))
        if found is None and self.opens_branches and text.strip():
            branch = Branch.objects.create(code=self._free_code(text), name=text.strip()[:120])
            found = self._branches[_key(text)] = branch.pk
        return found

    def consultant_id(self, text: str) -> int | None:
        return self._consultants.get(_key(text))

    def treatment(self, code: str, name: str = "") -> Treatment | None:
        """By its code; by its name only where no code was said."""
        if not self._treatment_codes:
            return None
        return self._treatment_codes.get(_key(code)) if code else self._treatments.get(_key(name))

    def treatment_by_any(self, text: str) -> Treatment | None:
        return self._treatment_codes.get(_key(text)) or self._treatments.get(_key(text))

    def treatment_names(self, ids: set[int | None]) -> dict[int, str]:
        """id → name, for the timeline."""
        wanted = ids - {None}
        return {t.pk: t.name for t in self._treatment_codes.values()} if wanted else {}

    @cached_property
    def _branches(self) -> dict[str, int]:
        rows = list(Branch.objects.order_by("-pk"))
        by_name = {_key(branch.name): branch.pk for branch in rows}
        return by_name | {_key(branch.code): branch.pk for branch in rows}

    @cached_property
    def _consultants(self) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        members = Membership.objects.filter(is_active=True).select_related("user")
        for member in members:
            for text in {_key(member.display_name), _key(member.user.email)} - {""}:
                found[text] = None if text in found else member.pk
        return found

    @cached_property
    def _treatment_codes(self) -> dict[str, Treatment]:
        return {_key(treatment.code): treatment for treatment in Treatment.objects.order_by("-pk")}

    @cached_property
    def _treatments(self) -> dict[str, Treatment]:
        return {_key(t.name): t for t in self._treatment_codes.values()}

    def _free_code(self, name: str) -> str:
        code = name.strip()[:36]
        taken = set(Branch.objects.filter(code__startswith=code).values_list("code", flat=True))
        number = 2
        while code in taken:
            code, number = f"{name.strip()[:36]}-{number}", number + 1
        return code


@lru_cache(maxsize=10_000)
def _key(text: str) -> str:
    return fold(text).strip()
