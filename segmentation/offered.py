"""What the builder offers to ask for, in groups: attributes of every app, and what happened."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from segmentation.attributes import Attribute, Kind, Text, attributes
from segmentation.event_drafts import PREFIX
from segmentation.events import event_kinds
from segmentation.standard_attributes import in_current_scores

APPS: dict[str, Text] = {
    "loyalty": _("Loyalty"), "care": _("Care"), "campaigns": _("Campaigns"),
    "analytics": _("Analytics"),
}  # fmt: skip


@dataclass
class OptionGroup:
    label: Text
    options: list[tuple[str, Text]] = field(default_factory=list)


def offered() -> list[OptionGroup]:
    """Groups of (key, label), as the select of a condition lists them."""
    groups: dict[str, OptionGroup] = {}
    for one in attributes():
        label = _group_of(one)
        groups.setdefault(str(label), OptionGroup(label)).options.append((one.key, one.label))
    happened = [(PREFIX + kind.key, kind.label) for kind in event_kinds().values()]
    return [*groups.values(), OptionGroup(_("What happened"), happened)]


def _group_of(one: Attribute) -> Text:
    if one.key.startswith("custom."):
        return _("Own fields")
    if one.kind == Kind.SEGMENT or one.key == "list":
        return _("Segments and lists")
    if one.within is in_current_scores:
        return _("Scores")
    return APPS.get(one.app, _("Customer"))
