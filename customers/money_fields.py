"""Money as people type it, in the clinic's currency; as we keep it, in minor units."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.core.validators import DecimalValidator

MOST_DIGITS = 12


class MoneyField(forms.DecimalField):
    """Cleans to whole minor units, or None. Give it its currency before it is used."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_digits=MOST_DIGITS, **kwargs)
        self.n_decimals = 2

    def use_currency(self, currency: str) -> None:
        """How many decimals may be typed, as the currency has them."""
        self.n_decimals = get_currency_precision(currency)
        self.decimal_places = self.n_decimals
        self.validators = [*self.validators, DecimalValidator(MOST_DIGITS, self.n_decimals)]
        self.widget.attrs["step"] = str(Decimal(1).scaleb(-self.n_decimals))

    def clean(self, value: Any) -> int | None:
        amount = super().clean(value)
        return None if amount is None else int(amount.scaleb(self.n_decimals))

    def prepare_value(self, value: Any) -> Any:
        """Minor units as a text of major ones; what was typed stays as typed."""
        if isinstance(value, int):
            return f"{Decimal(value).scaleb(-self.n_decimals):f}"
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(data) != initial
        except forms.ValidationError:
            return True
