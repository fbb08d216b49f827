"""What a message may say about its reader. Values are read by `campaigns.queries.merge_values`."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class MergeField:
    """name: as written between {{ }}. fallback: offered where the field may be empty."""

    name: str
    label: str | Promise
    example: str | Promise | int
    fallback: str | Promise = ""

    @property
    def placeholder(self) -> str:
        """What the button of the field puts into the text."""
        if not self.fallback:
            return f"{{{{ {self.name} }}}}"
        return f'{{{{ {self.name} | default: "{self.fallback}" }}}}'


MERGE_FIELDS: tuple[MergeField, ...] = (
    MergeField("salutation", _("Form of address"), _("Ms Wang")),
    MergeField("first_name", _("First name"), _("Xiaoming")),
    MergeField("customer_name", _("Full name"), _("Wang Xiaoming")),
    MergeField("last_treatment", _("Last treatment"), _("Hydrating facial"), _("treatment")),
    MergeField("last_visit", _("Day of the last visit"), _("3 March 2026"), _("a while ago")),
    MergeField("days_since_visit", _("Days since the last visit"), 128, _("many")),
    MergeField("branch", _("Branch"), _("Riverside branch"), _("our clinic")),
    MergeField("consultant", _("Consultant"), _("Lily Chen"), _("our team")),
    MergeField("points", _("Points"), 1280, "0"),
    MergeField("points_expiring", _("Points about to expire"), 300),
    MergeField("points_expire_on", _("Day these points end"), _("30 June 2026")),
    MergeField("due_treatment", _("Treatment due next"), _("Hydrating facial"), _("treatment")),
    MergeField("due_on", _("Day it is due"), _("12 May 2026"), _("now")),
    MergeField("tier", _("Membership tier"), _("Gold"), _("member")),
    MergeField("clinic_name", _("Name of the clinic"), _("North Clinic")),
)
FIELD_NAMES = tuple(field.name for field in MERGE_FIELDS)


def example_values() -> dict[str, str | int]:
    """What the fields would say of a made-up customer, in the language of the page."""
    return {
        field.name: field.example if isinstance(field.example, int) else str(field.example)
        for field in MERGE_FIELDS
    }
