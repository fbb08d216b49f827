"""The words of a message as people read them on a page, without Liquid's brackets."""

import re

from django import template

from campaigns.merge_fields import MERGE_FIELDS

register = template.Library()
_FIELD = re.compile(r"\{\{-?\s*(\w+).*?\}\}", re.DOTALL)
_TAG = re.compile(r"\{%.*?%\}", re.DOTALL)


@register.filter
def in_words(text: str) -> str:
    """`{{ first_name | default: "you" }}, hello` → `[First name], hello`."""
    labels = {field.name: str(field.label) for field in MERGE_FIELDS}
    told = _FIELD.sub(lambda found: f"[{labels.get(found[1], found[1])}]", text or "")
    return " ".join(_TAG.sub("", told).split())
