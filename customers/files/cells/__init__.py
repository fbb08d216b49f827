"""Reading one cell: text in, a value out, or CellRefused with what was wrong and what to do.

Every reader returns `Read(value, is_normalised)`; a blank cell reads as `Read(None, False)`.
"""

from customers.files.cells.amounts import currency_exponent, read_amount, read_currency, read_price
from customers.files.cells.choices import read_boolean, read_gender, read_integer, read_tags
from customers.files.cells.dates import read_birth_on, read_date, read_instant
from customers.files.cells.phones import Phone, read_phones
from customers.files.cells.texts import Read, read_email, read_identifier, read_name, read_text
from customers.files.cells.words import read_number, read_word

__all__ = [
    "Phone",
    "Read",
    "currency_exponent",
    "read_amount",
    "read_birth_on",
    "read_boolean",
    "read_currency",
    "read_date",
    "read_email",
    "read_gender",
    "read_identifier",
    "read_instant",
    "read_integer",
    "read_name",
    "read_number",
    "read_phones",
    "read_price",
    "read_tags",
    "read_text",
    "read_word",
]
