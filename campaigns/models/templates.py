"""Ready messages of a clinic, how its mail looks, its own days, and who answered for a wording."""

from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.plans import Campaign
from tenancy.erasure import keep_rows
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Template(TenantModel):
    """A message to begin from. A campaign copies its words, so changing one changes no campaign."""

    erasure = keep_rows("what the clinic writes to everybody")

    class Kind(models.TextChoices):
        COME_BACK = "return", _("Come back")
        DUE = "due", _("Treatment due")
        SECOND_VISIT = "second_visit", _("Second visit")
        BIRTHDAY = "birthday", _("Birthday")
        FESTIVAL = "festival", _("Festival")
        CARE = "care", _("Care after a treatment")
        POINTS = "points", _("Points about to expire")
        REVIEW = "review", _("Asking for feedback")
        REFERRAL = "referral", _("Thanks for a referral")
        WIN_BACK = "win_back", _("Win back")
        OTHER = "other", _("Other")

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("SMS")
        WECHAT = "wechat", _("WeChat")
        PHONE = "phone", _("Phone script")

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        CHINESE = "zh-hans", "简体中文"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.COME_BACK)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.EMAIL)
    language = models.CharField(max_length=8, choices=Language, default=Language.ENGLISH)
    subject = models.CharField(max_length=200, blank=True)  # of mails only
    body = models.TextField()  # Liquid over the merge fields of campaigns/merge_fields.py
    version = models.PositiveIntegerField(default=1)  # one more with each change of the words
    library_key = models.CharField(max_length=40, blank=True)  # the ready template it began as
    is_archived = models.BooleanField(default=False)
    changed_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        ordering = ["kind", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="template_name_once",
                fields=["clinic", "name", "channel", "language"],
                condition=Q(is_archived=False),
            ),
            models.CheckConstraint(
                name="template_mail_has_subject", condition=~Q(channel="email", subject="")
            ),
            models.CheckConstraint(name="template_version_counts", condition=Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name


class MailLook(TenantModel):
    """How the clinic's mails look beside its name and address: one colour, one picture."""

    erasure = keep_rows("the clinic's own")

    accent = models.CharField(
        max_length=7, default="#0f766e", validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$")]
    )
    logo_url = models.CharField(
        max_length=500, blank=True, validators=[URLValidator(schemes=["https"])]
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(name="mail_look_once", fields=["clinic"]),
            models.CheckConstraint(
                name="mail_look_accent_is_colour", condition=Q(accent__regex="^#[0-9a-fA-F]{6}$")
            ),
        ]

    def __str__(self) -> str:
        return self.accent


class OwnFestival(TenantModel):
    """A day of the clinic's own that returns every year: its founding, a branch's opening."""

    erasure = keep_rows("the clinic's own")

    name = models.CharField(max_length=80)
    month = models.PositiveSmallIntegerField()
    day = models.PositiveSmallIntegerField()
    since_year = models.PositiveSmallIntegerField(null=True, blank=True)  # tells which anniversary

    class Meta(TenantModel.Meta):
        ordering = ["month", "day", "pk"]
        constraints = [
            models.UniqueConstraint(name="own_festival_once", fields=["clinic", "name"]),
            models.CheckConstraint(
                name="own_festival_is_a_day",
                condition=Q(month__gte=1, month__lte=12, day__gte=1, day__lte=31),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContentOverride(TenantModel):
    """Somebody answered by name, with a reason, for words that a rule warns of. Never edited."""

    wall_privileges = ("SELECT", "INSERT")
    erasure = keep_rows("who answered for what the clinic wrote")

    campaign = TenantForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="content_overrides"
    )
    rule_id = models.CharField(max_length=60)
    pack = models.CharField(max_length=40)
    pack_version = models.CharField(max_length=20)
    words = models.CharField(max_length=200)  # as they stood in the text
    reason = models.CharField(max_length=300)
    overridden_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    overridden_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                name="override_once",
                fields=["clinic", "campaign", "rule_id", "pack_version", "words"],
            ),
            models.CheckConstraint(name="override_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.words}"
