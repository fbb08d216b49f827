"""Reading the files customers send: what is in them, as text, and what each cell means.

Pure: no models, no clock, no clinic. `open_table` is the one door for every kind of file,
`cells` reads single values, `mapping` says which column is which field.
"""

from customers.files import other_fields  # noqa: F401 its kinds stand in `fields.KINDS`
