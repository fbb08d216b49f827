"""What the builder calls each operator."""

from django.utils.translation import gettext_lazy as _

OPERATOR_LABELS = {
    "is": _("is"),
    "is_not": _("is not"),
    "at_least": _("is at least"),
    "at_most": _("is at most"),
    "between": _("is between"),
    "contains": _("contains"),
    "more_than_days_ago": _("was more than … days ago"),
    "in_last_days": _("was in the last … days"),
    "in_next_days": _("is in the next … days"),
    "before": _("is before"),
    "after": _("is after"),
    "is_known": _("is known"),
    "is_unknown": _("is not known"),
    "has_any": _("has any of"),
    "has_all": _("has all of"),
    "has_none": _("has none of"),
}
