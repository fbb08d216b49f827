"""What every tenant table shares. Policies, grants and composite keys are derived from here."""

from django import forms
from django.db import models

from tenancy.managers import ScopedManager, claim_for_current_clinic
from tenancy.scope import open_clinic_id


class TenantForeignKey(models.ForeignKey):
    """A reference that cannot cross clinics.

    Django's own constraint is left out: `tenancy.walls` builds (clinic_id, x_id) → (clinic_id, id)
    instead, because a plain foreign key is checked with row security off. So is Django's index on
    the one column: what is looked up by a reference has an index that starts with the clinic.
    """

    def __init__(self, to, on_delete, **kwargs):
        kwargs["db_constraint"] = kwargs["db_index"] = False
        super().__init__(to, on_delete, **kwargs)

    def formfield(self, **kwargs):
        """A form class is made when no clinic is known: its choices are set in its __init__."""
        if open_clinic_id() is not None:
            return super().formfield(**kwargs)
        nothing = models.QuerySet(self.related_model).none()
        choices = {"form_class": forms.ModelChoiceField, "queryset": nothing, "blank": self.blank}
        return models.Field.formfield(self, **(choices | kwargs))

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        kwargs.pop("db_index", None)
        return name, path, args, kwargs


class TenantModel(models.Model):
    """Base of every table that belongs to a clinic.

    wall_privileges: what the application's role may do with the table.
    wall_door: SQL condition under which a row is readable before a clinic is known, or "".
    wall_bulk: rows come by the hundred thousand: references are checked once a statement.
    """

    wall_privileges: tuple[str, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE")
    wall_door: str = ""
    wall_bulk: bool = False

    clinic = models.ForeignKey(
        "tenancy.Clinic",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,  # every index of ours starts with the clinic already
        db_constraint=False,  # tenancy.walls builds it where no composite reference implies it
    )

    objects = ScopedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"

    def save(self, *args, **kwargs):
        claim_for_current_clinic(self)
        super().save(*args, **kwargs)
