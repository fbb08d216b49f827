"""Django's Postgres backend, with the clinic bound at every BEGIN.

A session-level SET would outlive the request and hand the next one another clinic's rows; a
transaction-local one cannot. Queries of an open scope outside a transaction are refused: row
security would answer them with silence.
"""

from django.db.backends.postgresql import base

from tenancy.exceptions import OutsideTransaction
from tenancy.scope import bind_new_transaction, open_clinic_id


class DatabaseWrapper(base.DatabaseWrapper):
    _is_connecting = False

    def init_connection_state(self):
        """A process's first connection asks for the server's version: never tenant data.

        A worker's first task is often a scoped one, and must not fail for that.
        """
        self._is_connecting = True
        try:
            super().init_connection_state()
        finally:
            self._is_connecting = False

    def set_autocommit(self, autocommit, force_begin_transaction_with_broken_autocommit=False):
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if not autocommit:
            with self.connection.cursor() as cursor:
                bind_new_transaction(cursor)

    def _cursor(self, name=None):
        is_for_tenant = open_clinic_id() is not None and not self._is_connecting
        if is_for_tenant and not self.in_atomic_block:
            raise OutsideTransaction("Open transaction.atomic() before asking for tenant data.")
        return super()._cursor(name)
