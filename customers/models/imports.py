from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.files.fields import KINDS
from customers.models.people import Customer
from tenancy.erasure import PSEUDONYM, delete_rows, forget_mentions, keep_rows, without
from tenancy.models import Job, TenantForeignKey, TenantModel


class ImportFile(TenantModel):
    """One uploaded file: its mapping, what a dry run said, and what the run did."""

    # services/erasing forgets the uploads themselves. A file without a head has a person there.
    erasure = forget_mentions(
        original_name=PSEUDONYM,
        mapping={},
        report=without("report", "headers"),
        ours=("original_name", "mapping", "report"),
        stays=("kind", "source", "stored_path"),
    )

    class Kind(models.TextChoices):
        """Two of the kinds in `files.fields.KINDS`, which other apps add to."""

        CUSTOMERS = "customers", _("Customers")
        SALES = "sales", _("Sales")

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        REVERTED = "reverted", _("Reverted")

    kind = models.CharField(max_length=12)
    source = models.CharField(max_length=60, default="file")
    original_name = models.CharField(max_length=255)
    stored_path = models.CharField(max_length=300)  # below MEDIA_ROOT, private
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    next_line = models.PositiveBigIntegerField(default=0)  # where a killed run goes on
    n_rows = models.PositiveBigIntegerField(default=0)
    n_created = models.PositiveBigIntegerField(default=0)
    n_updated = models.PositiveBigIntegerField(default=0)
    n_unchanged = models.PositiveBigIntegerField(default=0)
    n_refused = models.PositiveBigIntegerField(default=0)
    report = models.JSONField(default=dict)
    job = TenantForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.original_name

    @property
    def kind_label(self) -> str:
        return str(KINDS[self.kind].label)

    @property
    def can_be_mapped(self) -> bool:
        """Not while it runs, and not when it is done."""
        return self.state not in {self.State.RUNNING, self.State.DONE, self.State.REVERTED}

    @property
    def n_taken(self) -> int:
        """Records that stand in the file and in our books."""
        return self.n_created + self.n_updated + self.n_unchanged


class ImportProblem(TenantModel):
    """One thing wrong with a refused row: where it stood, what was wrong, and the row itself.

    code, params: worded in the reader's language when shown; message: as it was worded in the run.
    row: the cells as they stood in the file; [] for further problems of the same line.
    """

    erasure = forget_mentions(row=[], params={}, message="", stays=("field", "code"))

    import_file = TenantForeignKey(ImportFile, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveBigIntegerField()
    field = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    message = models.CharField(max_length=500)
    row = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        ordering = ["line", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="import_problem_once", fields=["clinic", "import_file", "line", "field"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.code}"


class ImportedRows(TenantModel):
    """The rows of one table that one chunk of an import made, so that it can be taken back.

    ids: a JSON list, one row a chunk: a row of ours for each of theirs would double the work.
    """

    erasure = keep_rows("ids of rows, nobody's words")

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        SALE = "sale", _("Sale")
        APPOINTMENT = "appointment", _("Appointment")
        TREATMENT = "treatment", _("Treatment")

    import_file = TenantForeignKey(ImportFile, on_delete=models.CASCADE, related_name="made_rows")
    kind = models.CharField(max_length=12)  # of Kind, or of another app's own
    ids = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["clinic", "import_file", "kind"], name="imported_rows_of_file")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.import_file_id}"


class ImportedChange(TenantModel):
    """A row that stood here when an import came, as it was and as the import left it.

    before: None for a row that the import added to a customer who stood here; after: None for one
    that it took away. Both as the table holds them, so that the row can be put back as it was.
    """

    erasure = delete_rows("customer")

    import_file = TenantForeignKey(ImportFile, on_delete=models.CASCADE, related_name="changes")
    customer = TenantForeignKey(  # whom the row tells of; None: nobody
        Customer, on_delete=models.CASCADE, null=True, related_name="+"
    )
    table = models.CharField(max_length=60)  # "customers.Sale"
    row_id = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["clinic", "import_file", "id"], name="imported_change_of_file"),
            models.Index(
                fields=["clinic", "customer"],
                condition=models.Q(customer__isnull=False),
                name="imported_change_of_customer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"
