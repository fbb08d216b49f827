"""Rows of other tables as one value of a customer's row, so that a page asks once for all."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

THIS_CUSTOMER = OuterRef("pk")


def gathered(rows: QuerySet[Any], **fields: str) -> ArraySubquery:
    """An annotation: one dictionary a row, in the rows' order. fields: name → path of the field.

    Days and instants come back as ISO texts, for they travel as JSON.
    """
    return ArraySubquery(rows.values(gathered_row=JSONObject(**fields)))
