"""Calls use segments: while one is to be made for a segment, it stays; its rule is free."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from care.services.segment_calls import open_calls_of
from segmentation.models import Segment
from segmentation.usage import Use, register_usage


def calls_of(segment: Segment) -> Iterable[Use]:
    n = open_calls_of(segment).count()
    if not n:
        return []
    said = ngettext("%(n)s call to be made", "%(n)s calls to be made", n) % {"n": n}
    return [Use(_("the call list"), said, reverse("care:tasks"), is_history=True)]


def register() -> None:
    register_usage(calls_of)
