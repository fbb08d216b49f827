"""Which rows of our own tables count as newer than an import; read by `CustomersConfig.ready`."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers import models
from customers.models import ImportedRows, ImportFile
from customers.newer_rows import never, register
from customers.services.imports.made_rows import made_by

COMES_WITH_IT = (
    models.Identity, models.ContactPoint, models.CustomerTag, models.SearchToken,
    models.CustomerEvent, models.Visit, models.SaleLine, models.CustomerTrait,
    models.DuplicatePair, models.Delivery, models.ImportedChange,
)  # fmt: skip


def _by_others(file: ImportFile) -> Q:
    return ~Q(actor=f"import:{file.pk}")


def _later(_file: ImportFile) -> Q:
    came_at = F("customer__created_at")
    return Q(given_at__gt=came_at) | Q(withdrawn_at__gt=came_at)


def _not_made_by(kind: ImportedRows.Kind):
    return lambda file: ~Q(pk__in=made_by(file, kind))


def register_rules() -> None:
    for model in COMES_WITH_IT:
        register(model, model._meta.verbose_name_plural or "", never)
    register(models.CustomerChange, _("Edits of customers"), _by_others)
    register(models.Consent, _("Consents given or withdrawn"), _later)
    register(models.Sale, _("Other sales and refunds"), _not_made_by(ImportedRows.Kind.SALE))
    register(
        models.Customer, _("Other customers referred or merged"),
        _not_made_by(ImportedRows.Kind.CUSTOMER),
    )  # fmt: skip
    register(models.Appointment, _("Appointments"))
    register(models.Note, _("Notes"))
    register(models.Interaction, _("Contacts on the timeline"))
    register(models.Package, _("Packages"))
    register(models.CustomerFile, _("Files of customers"))
    register(models.CustomerHealth, _("Health records"))
    register(models.AdverseEvent, _("Adverse events"))
    register(models.Guardian, _("Guardians"))
    register(models.Merge, _("Merges of customers"))
