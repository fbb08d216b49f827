from importlib import import_module

from django.db import migrations

# A line that is changed or goes changes its sale. One that comes does so in a transaction that
# writes the sale as well, and most come by the hundred thousand: those need no second mark.
MARK = import_module("customers.migrations.0004_feed").mark


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_last_visit_with_spend")]

    operations = [
        MARK("customers_saleline", event, kind="sale", column="sale_id", is_part=True)
        for event in ("UPDATE", "DELETE")
    ]
