"""Why a pair was found, as codes that screens and files put into words. Strongest first."""

from collections.abc import Mapping

import numpy as np

from customers.matching.name_levels import DIFFERS, EXACT, PARTLY, SIMILAR

# (field, level) → code; what speaks against it stands last.
CODES: dict[tuple[str, int], str] = {
    ("id", EXACT): "same_id",
    ("email", EXACT): "same_email",
    ("phone", EXACT): "same_phone",
    ("birth", EXACT): "same_birthday",
    ("address", EXACT): "same_address",
    ("email", SIMILAR): "email_slip",
    ("email", PARTLY): "email_slip",
    ("phone", SIMILAR): "phone_slip",
    ("birth", SIMILAR): "birthday_slip",
    ("birth", PARTLY): "birthday_partly",
    ("address", SIMILAR): "address_alike",
    ("city", EXACT): "same_city",
    ("birth", DIFFERS): "other_birthday",
    ("phone", DIFFERS): "other_phone",
    ("gender", DIFFERS): "other_gender",
}
IMPLIED = "like_a_third"


def reasons_of(levels: Mapping[str, np.ndarray], row: int, *, is_implied: bool) -> list[str]:
    """Codes of one pair."""
    found = [_name_reason(int(levels["family"][row]), int(levels["given"][row]))]
    found += [code for (name, level), code in CODES.items() if levels[name][row] == level]
    found += [IMPLIED] if is_implied else []
    return [code for code in found if code]


def _name_reason(family: int, given: int) -> str:
    if family == EXACT and given == EXACT:
        return "same_name"
    if family >= SIMILAR and given >= SIMILAR:
        return "name_alike"
    if given >= SIMILAR:
        return "same_given_name"
    return "same_family_name" if family >= SIMILAR else ""
