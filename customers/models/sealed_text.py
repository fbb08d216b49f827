from typing import Any

from django.db import models

from tenancy.sealing import seal, unseal


class SealedTextField(models.TextField):
    """A text that the database holds sealed. It can be neither searched nor compared nor sorted."""

    def get_prep_value(self, value: Any) -> Any:
        return seal(str(value)) if value is not None else None

    def from_db_value(self, value: str | None, _expression, _connection) -> str | None:
        return unseal(value) if value is not None else None

    def get_lookup(self, lookup_name: str):
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
