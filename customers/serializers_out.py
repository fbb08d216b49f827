"""What the booking API answers."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.models import Appointment, Customer, FeedMark, Interaction, Sale, SaleLine
from customers.serializer_fields import OwnValues
from tenancy.strict_fields import Day, Instant, Quantity

TAKEN = ["created", "updated", "unchanged"]
SETTLED = [*TAKEN, "refused"]


class RemarkOut(serializers.Serializer):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ReceiptOut(serializers.Serializer):
    """What became of the record."""

    id = serializers.IntegerField(help_text=_("Our id."))
    source = serializers.CharField()
    external_id = serializers.CharField()
    state = serializers.ChoiceField(choices=TAKEN)
    remark = RemarkOut(allow_null=True, help_text=_("What was left out of the record, and why."))


class ItemErrorOut(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)
    pointer = serializers.CharField(help_text=_("Where it stands, such as #/items/3/phones/0."))


class ItemReceiptOut(serializers.Serializer):
    """What became of `items[index]`; a refused one says why and changed nothing."""

    index = serializers.IntegerField()
    external_id = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=SETTLED)
    id = serializers.IntegerField(allow_null=True, help_text=_("Our id."))
    remark = RemarkOut(allow_null=True)
    errors = ItemErrorOut(many=True)


class BulkOut(serializers.Serializer):
    """One result for each item, in the order of the items."""

    n_created = serializers.IntegerField()
    n_updated = serializers.IntegerField()
    n_unchanged = serializers.IntegerField()
    n_refused = serializers.IntegerField()
    results = ItemReceiptOut(many=True)


class IdentityOut(serializers.Serializer):
    source = serializers.CharField()
    external_id = serializers.CharField()


class ConsentOut(serializers.Serializer):
    purpose = serializers.CharField()
    channel = serializers.CharField()
    given_at = Instant()
    source = serializers.CharField(help_text=_("Who reported it."))
    text_version = serializers.CharField()
    proof = serializers.CharField()


class CustomerOut(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    gender = serializers.CharField()
    birth_on = Day(allow_null=True)
    died_on = Day(allow_null=True)
    occupation = serializers.CharField()
    education = serializers.CharField()
    city = serializers.CharField()
    district = serializers.CharField()
    address = serializers.CharField()
    language = serializers.CharField()
    zone = serializers.CharField()
    acquisition_source = serializers.CharField()
    home_branch = serializers.SerializerMethodField()
    consultant = serializers.SerializerMethodField()
    notes = serializers.CharField()
    known_since_on = Day()
    last_visit_on = Day(allow_null=True)
    updated_at = Instant()
    identities = IdentityOut(many=True)
    phones = serializers.SerializerMethodField()
    emails = serializers.SerializerMethodField()
    tags = serializers.SerializerMethodField()
    consents = ConsentOut(many=True, source="open_consents", help_text=_("Those that hold now."))
    custom = OwnValues()

    def get_home_branch(self, customer: Customer) -> str | None:
        return customer.home_branch.code if customer.home_branch else None

    def get_consultant(self, customer: Customer) -> str | None:
        return customer.consultant.display_name if customer.consultant else None

    def get_phones(self, customer: Customer) -> list[str]:
        return [p.value for p in customer.contact_points.all() if p.kind == "phone"]

    def get_emails(self, customer: Customer) -> list[str]:
        return [p.value for p in customer.contact_points.all() if p.kind == "email"]

    def get_tags(self, customer: Customer) -> list[str]:
        return sorted(link.tag.name for link in customer.tag_links.all())


class MergedOut(serializers.Serializer):
    """Where a customer went that was merged into another; Location leads there."""

    id = serializers.IntegerField()
    merged_into = serializers.IntegerField()


class TradeOut(serializers.Serializer):
    """What appointments and sales have in common."""

    id = serializers.IntegerField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    customer_id = serializers.IntegerField(help_text=_("Our id of the customer."))
    branch = serializers.SerializerMethodField()
    consultant = serializers.SerializerMethodField()
    updated_at = Instant()

    def get_branch(self, record: Appointment | Sale) -> str | None:
        return record.branch.code if record.branch else None

    def get_consultant(self, record: Appointment | Sale) -> str | None:
        return record.consultant.display_name if record.consultant else None


class AppointmentOut(TradeOut):
    treatment = serializers.SerializerMethodField(help_text=_("Its code in the catalogue."))
    starts_at = Instant()
    ends_at = Instant(allow_null=True)
    status = serializers.ChoiceField(choices=Appointment.Status.choices)
    waiting_minutes = serializers.IntegerField(allow_null=True)

    def get_treatment(self, appointment: Appointment) -> str | None:
        return appointment.treatment.code if appointment.treatment else None


class SaleLineOut(serializers.Serializer):
    item_code = serializers.CharField()
    item_name = serializers.CharField()
    treatment = serializers.SerializerMethodField(help_text=_("Its code in the catalogue."))
    quantity = Quantity()
    net_minor = serializers.IntegerField()
    cost_minor = serializers.IntegerField(allow_null=True)

    def get_treatment(self, line: SaleLine) -> str | None:
        return line.treatment.code if line.treatment else None


class SaleOut(TradeOut):
    kind = serializers.ChoiceField(choices=Sale.Kind.choices)
    refund_of = serializers.SerializerMethodField(help_text=_("The source's id of the sale."))
    occurred_at = Instant()
    occurred_on = Day(help_text=_("The clinic's local day."))
    gross_minor = serializers.IntegerField()
    discount_minor = serializers.IntegerField()
    net_minor = serializers.IntegerField()
    currency = serializers.CharField()
    lines = SaleLineOut(many=True)

    def get_refund_of(self, sale: Sale) -> str | None:
        return sale.refund_of.external_id if sale.refund_of else None


class InteractionOut(serializers.Serializer):
    id = serializers.IntegerField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    customer_id = serializers.IntegerField(help_text=_("Our id of the customer."))
    kind = serializers.ChoiceField(choices=Interaction.Kind.choices)
    channel = serializers.ChoiceField(choices=Interaction.Channel.choices)
    direction = serializers.ChoiceField(choices=Interaction.Direction.choices)
    occurred_at = Instant()
    summary = serializers.CharField()
    by = serializers.SerializerMethodField(help_text=_("Display name of a member."))

    def get_by(self, interaction: Interaction) -> str | None:
        return interaction.by.display_name if interaction.by else None


class TreatmentOut(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    nature = serializers.CharField()
    level = serializers.CharField()
    interval_days = serializers.IntegerField(allow_null=True)
    interval_min_days = serializers.IntegerField(allow_null=True)
    interval_max_days = serializers.IntegerField(allow_null=True)
    min_clinical_interval_days = serializers.IntegerField()
    course_length = serializers.IntegerField()
    price_minor = serializers.IntegerField(allow_null=True)
    cost_minor = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField()


class TreatmentReceiptOut(serializers.Serializer):
    """What became of the entry of the catalogue."""

    id = serializers.IntegerField(help_text=_("Our id."))
    code = serializers.CharField()
    state = serializers.ChoiceField(choices=TAKEN)


class DeletionOut(serializers.Serializer):
    """A record that is gone. merged_into: our id of the customer it is part of now."""

    kind = serializers.ChoiceField(choices=FeedMark.Kind.choices)
    id = serializers.IntegerField(source="record_id")
    merged_into = serializers.IntegerField(allow_null=True)
    deleted_at = Instant(source="changed_at")


class PageOut(serializers.Serializer):
    next_cursor = serializers.CharField(
        help_text=_("Go on from here: at once if has_more, else at your next visit.")
    )
    has_more = serializers.BooleanField()


class CustomerPageOut(PageOut):
    results = CustomerOut(many=True)


class AppointmentPageOut(PageOut):
    results = AppointmentOut(many=True)


class SalePageOut(PageOut):
    results = SaleOut(many=True)


class InteractionPageOut(PageOut):
    results = InteractionOut(many=True)


class TreatmentPageOut(PageOut):
    results = TreatmentOut(many=True)


class DeletionPageOut(PageOut):
    results = DeletionOut(many=True)
