"""Django's Postgres backend, with the clinic bound at every BEGIN.

A session-level SET would outlive the request and hand the next one another clinic's rows; a
transaction-local one cannot. Queries of an open scope outside a transaction are refused: row
security would answer them with silence.
"""

from django.db.backends.postgresql import base

from tenancy.exceptions import OutsideTransaction
from tenancy.scope import bind_new_transaction, open_clinic_id


class DatabaseWrapper(base.DatabaseWrapper):
    def set_autocommit(self, autocommit, force_begin_transaction_with_broken_autocommit=False):
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if not autocommit:
            with self.connection.cursor() as cursor:
                bind_new_transaction(cursor)

    def _cursor(self, name=None):
        if open_clinic_id() is not None and not self.in_atomic_block:
            raise OutsideTransaction("Open transaction.atomic() before asking for tenant data.")
        return super()._cursor(name)
