"""`field__among=[…]`: as `__in`, with the values sent as one array.

Django writes each value of an `IN` as a parameter of its own; for the thousands of ids of a large
load, preparing and reading those took longer than finding the rows.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Field, ForeignObject, Lookup


@ForeignObject.register_lookup  # references know only their own
@Field.register_lookup
class Among(Lookup):
    lookup_name = "among"
    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Iterable[Any]) -> None:
        super().__init__(lhs, list(rhs))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, params = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.db_type(connection)
        if kind is None or kind.startswith("varchar"):  # a longer text is no text that is cut off
            kind = "text"
        return f"{lhs} = ANY (%s::{kind}[])", [*params, self.rhs]
