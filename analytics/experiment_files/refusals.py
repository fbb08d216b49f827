"""Why a row was refused, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.experiment_files.reading import RefusedRow
from analytics.experiment_files.values import (
    BROKEN_ROW,
    EMPTY,
    NEGATIVE,
    NO_AMOUNT,
    NOT_YES_OR_NO,
    TOO_LARGE,
    UNKNOWN_ARM,
)

WORDS: dict[str, str | Promise] = {
    EMPTY: _("nothing is written there"),
    NOT_YES_OR_NO: _("neither 0 nor 1"),
    NO_AMOUNT: _("no amount; write it like 1280.00"),
    NEGATIVE: _("below 0; name the column in «may_be_negative» if that is meant"),
    TOO_LARGE: _("too large for an amount"),
    UNKNOWN_ARM: _("no arm of this experiment"),
    BROKEN_ROW: _("the row does not fit the columns"),
}


def in_words(code: str) -> str:
    return str(WORDS.get(code, code))


def message(one: RefusedRow) -> str:
    """«Row 17, column «visit»: «2» is neither…», for people."""
    if one.column is None:
        return one.message or in_words(one.code)
    return _("«%(value)s»: %(why)s") % {"value": one.value, "why": in_words(one.code)}
