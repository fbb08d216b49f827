import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models

import customers.models.sealed_text
import tenancy.models.base


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_initial"),
        ("segmentation", "0001_initial"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "goal",
                    models.CharField(
                        choices=[
                            ("return", "Come back"),
                            ("frequency", "Come more often"),
                            ("second", "Come a second time"),
                            ("care", "Care"),
                        ],
                        db_default="return",
                        default="return",
                        max_length=10,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("marketing", "Marketing"), ("service", "Service")],
                        db_default="marketing",
                        default="marketing",
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("scheduled", "Scheduled"),
                            ("launching", "Launching"),
                            ("running", "Running"),
                            ("paused", "Paused"),
                            ("finished", "Finished"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("offer", models.CharField(blank=True, db_default="", default="", max_length=300)),
                ("offer_cost_minor", models.PositiveIntegerField(db_default=0, default=0)),
                ("holdout_rate", models.FloatField(default=0.1)),
                ("no_holdout_reason", models.CharField(blank=True, max_length=300)),
                ("outcome_window_days", models.PositiveIntegerField(default=30)),
                ("message_cost_minor", models.PositiveIntegerField(default=0)),
                ("minutes_a_call", models.PositiveSmallIntegerField(db_default=5, default=5)),
                ("budget_minor", models.PositiveBigIntegerField(blank=True, null=True)),
                ("budget_minutes", models.PositiveIntegerField(blank=True, null=True)),
                ("leaves_on_return", models.BooleanField(db_default=True, default=True)),
                ("respects_quiet_hours", models.BooleanField(default=True)),
                ("send_from_hour", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("send_until_hour", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "send_days",
                    models.CharField(blank=True, db_default="", default="", max_length=7),
                ),
                (
                    "schedule",
                    models.CharField(
                        choices=[
                            ("once", "Once"),
                            ("recurring", "Again and again"),
                            ("trigger", "Always on"),
                        ],
                        db_default="once",
                        default="once",
                        max_length=10,
                    ),
                ),
                ("starts_at", models.DateTimeField(blank=True, null=True)),
                ("repeats_every_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("next_wave_at", models.DateTimeField(blank=True, null=True)),
                ("ends_on", models.DateField(blank=True, null=True)),
                (
                    "trigger",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("birthday", "Birthday"),
                            ("festival", "Festival"),
                            ("after_visit", "After a treatment"),
                            ("first_visit", "After the first visit"),
                            ("treatment_due", "Treatment due"),
                            ("stage_entered", "Stage entered"),
                            ("risk_crossed", "Churn risk crossed"),
                            ("segment_entered", "Segment entered"),
                            ("points_expiring", "Points about to expire"),
                            ("tier_lapsing", "Tier about to lapse"),
                            ("referral", "Brought somebody"),
                        ],
                        db_default="",
                        default="",
                        max_length=16,
                    ),
                ),
                ("trigger_days", models.PositiveSmallIntegerField(db_default=0, default=0)),
                (
                    "trigger_detail",
                    models.CharField(blank=True, db_default="", default="", max_length=40),
                ),
                (
                    "flow_key",
                    models.CharField(blank=True, db_default="", default="", max_length=40),
                ),
                ("approved_at", models.DateTimeField(null=True)),
                ("stopped_by_budget_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("launched_at", models.DateTimeField(null=True)),
                ("launched_on", models.DateField(null=True)),
                (
                    "approved_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "branch",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.branch",
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
                (
                    "customer_list",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="segmentation.customerlist",
                    ),
                ),
                (
                    "job",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.job",
                    ),
                ),
                (
                    "owner",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "segment",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="campaigns",
                        to="segmentation.segment",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("holdout_rate__gte", 0), ("holdout_rate__lte", 0.9)),
                        name="campaign_holdout_is_rate",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("holdout_rate__gt", 0),
                            models.Q(("no_holdout_reason", ""), _negated=True),
                            ("state", "draft"),
                            _connector="OR",
                        ),
                        name="campaign_without_holdout_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("send_from_hour__isnull", True), ("send_until_hour__isnull", True)
                            ),
                            models.Q(
                                ("send_from_hour__lt", models.F("send_until_hour")),
                                ("send_until_hour__lte", 24),
                            ),
                            _connector="OR",
                        ),
                        name="campaign_send_window_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("schedule", "once"),
                            models.Q(("repeats_every_days__gte", 1), ("schedule", "recurring")),
                            models.Q(
                                ("schedule", "trigger"), models.Q(("trigger", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="campaign_schedule_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_at__isnull", True),
                            ("approved_by__isnull", False),
                            _connector="OR",
                        ),
                        name="campaign_approval_has_a_name",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("flow_key", ""), _negated=True),
                            models.Q(("state__in", ["finished", "cancelled"]), _negated=True),
                        ),
                        fields=("clinic", "flow_key"),
                        name="campaign_flow_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClinicHoldout",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rate", models.FloatField()),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("ended_on", models.DateField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
                (
                    "started_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["-first_on", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on__isnull", True)),
                        fields=("clinic",),
                        name="clinic_holdout_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate__gt", 0), ("rate__lte", 0.3)),
                        name="clinic_holdout_is_small_rate",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("last_on__gte", models.F("first_on"))),
                        name="clinic_holdout_days_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MailLook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "accent",
                    models.CharField(
                        default="#0f766e",
                        max_length=7,
                        validators=[django.core.validators.RegexValidator("^#[0-9a-fA-F]{6}$")],
                    ),
                ),
                (
                    "logo_url",
                    models.CharField(
                        blank=True,
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["https"])],
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("clinic",), name="mail_look_once"),
                    models.CheckConstraint(
                        condition=models.Q(("accent__regex", "^#[0-9a-fA-F]{6}$")),
                        name="mail_look_accent_is_colour",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OwnFestival",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("month", models.PositiveSmallIntegerField()),
                ("day", models.PositiveSmallIntegerField()),
                ("since_year", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
            ],
            options={
                "ordering": ["month", "day", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "name"), name="own_festival_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("day__gte", 1), ("day__lte", 31), ("month__gte", 1), ("month__lte", 12)
                        ),
                        name="own_festival_is_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("sms", "SMS"),
                            ("wechat", "WeChat"),
                            ("wecom", "WeCom"),
                            ("phone", "Phone"),
                        ],
                        max_length=12,
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=80)),
                ("sender", models.CharField(blank=True, max_length=200)),
                ("credentials", customers.models.sealed_text.SealedTextField(blank=True)),
                ("secret", customers.models.sealed_text.SealedTextField(blank=True)),
                ("token", models.CharField(max_length=43)),
                ("price_minor", models.PositiveIntegerField(default=0)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
            ],
            options={
                "ordering": ["channel", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)),
                        fields=("clinic", "channel"),
                        name="provider_one_active",
                    ),
                    models.UniqueConstraint(fields=("clinic", "token"), name="provider_token_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SendingRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("n_claims", models.BigIntegerField(default=0)),
                ("max_messages_1_day", models.PositiveSmallIntegerField(default=2)),
                ("max_messages_7_days", models.PositiveSmallIntegerField(default=3)),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("clinic",), name="sending_rules_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=12)),
                ("address", models.CharField(max_length=254)),
                ("reason", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "channel", "address"), name="suppression_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Template",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("return", "Come back"),
                            ("due", "Treatment due"),
                            ("second_visit", "Second visit"),
                            ("birthday", "Birthday"),
                            ("festival", "Festival"),
                            ("care", "Care after a treatment"),
                            ("points", "Points about to expire"),
                            ("review", "Asking for feedback"),
                            ("referral", "Thanks for a referral"),
                            ("win_back", "Win back"),
                            ("other", "Other"),
                        ],
                        default="return",
                        max_length=16,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("sms", "SMS"),
                            ("wechat", "WeChat"),
                            ("phone", "Phone script"),
                        ],
                        default="email",
                        max_length=8,
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("zh-hans", "简体中文")],
                        default="en",
                        max_length=8,
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("library_key", models.CharField(blank=True, max_length=40)),
                ("is_archived", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                (
                    "changed_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "name", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_archived", False)),
                        fields=("clinic", "name", "channel", "language"),
                        name="template_name_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel", "email"), ("subject", ""), _negated=True),
                        name="template_mail_has_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gte", 1)), name="template_version_counts"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AudiencePart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_excluded", models.BooleanField(default=False)),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
                (
                    "segment",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="segmentation.segment",
                    ),
                ),
                (
                    "campaign",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="audience_parts",
                        to="campaigns.campaign",
                    ),
                ),
            ],
            options={
                "ordering": ["is_excluded", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["clinic", "segment"], name="audience_by_segment")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "campaign", "segment"), name="audience_part_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContentOverride",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule_id", models.CharField(max_length=60)),
                ("pack", models.CharField(max_length=40)),
                ("pack_version", models.CharField(max_length=20)),
                ("words", models.CharField(max_length=200)),
                ("reason", models.CharField(max_length=300)),
                ("overridden_at", models.DateTimeField()),
                (
                    "campaign",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="content_overrides",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
                (
                    "overridden_by",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "campaign", "rule_id", "pack_version", "words"),
                        name="override_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="override_says_why"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkTarget",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=1000)),
                (
                    "campaign",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="link_targets",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "campaign", "url"), name="link_target_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("message", "Message"),
                            ("wait", "Wait"),
                            ("branch", "Branch"),
                            ("phone", "Call"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[("email", "E-mail"), ("sms", "SMS"), ("wechat", "WeChat")],
                        max_length=12,
                    ),
                ),
                ("wait_days", models.PositiveIntegerField(default=0)),
                (
                    "condition",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("visited", "visited"),
                            ("opened", "opened the message"),
                            ("replied", "replied"),
                            ("nothing", "did nothing of this"),
                        ],
                        max_length=8,
                    ),
                ),
                ("script", models.TextField(blank=True)),
                ("next_if_yes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("next_if_no", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "campaign",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("clinic", "campaign", "number"),
                        name="step_number_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "message"), models.Q(("channel", ""), _negated=True)),
                            models.Q(("kind", "wait"), ("wait_days__gte", 1)),
                            models.Q(
                                ("kind", "branch"), models.Q(("condition", ""), _negated=True)
                            ),
                            ("kind", "phone"),
                            _connector="OR",
                        ),
                        name="step_has_what_its_kind_needs",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="step_counts_from_one"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Variant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(default="A", max_length=20)),
                ("language", models.CharField(blank=True, max_length=8)),
                ("share", models.PositiveSmallIntegerField(default=100)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField()),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
                (
                    "step",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="variants",
                        to="campaigns.step",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "language", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "step", "name", "language"), name="variant_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("share__gte", 0), ("share__lte", 100)),
                        name="variant_share_is_percent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "arm",
                    models.CharField(
                        choices=[("treated", "Treated"), ("holdout", "Held out")], max_length=8
                    ),
                ),
                (
                    "occasion",
                    models.CharField(blank=True, db_default="", default="", max_length=60),
                ),
                ("step", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("due_at", models.DateTimeField(null=True)),
                ("acted_at", models.DateTimeField(null=True)),
                (
                    "left_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("returned", "Came back"),
                            ("opted_out", "Opted out"),
                            ("cancelled", "Campaign was cancelled"),
                            ("over_budget", "The budget was used up"),
                            ("too_late", "Outcome window was over"),
                            ("unreachable", "Could not be called"),
                        ],
                        db_default="",
                        default="",
                        max_length=12,
                    ),
                ),
                ("enrolled_on", models.DateField()),
                ("enrolled_at", models.DateTimeField()),
                (
                    "campaign",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
                (
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="customers.customer",
                    ),
                ),
                (
                    "variant",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="campaigns.variant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "customer"], name="enrolment_of_customer"),
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["clinic", "campaign", "step", "due_at"],
                        name="enrolment_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "campaign", "customer", "occasion"), name="enrolment_once"
                    ),
                    models.UniqueConstraint(
                        fields=("clinic", "id", "arm"), name="enrolment_arm_key"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("arm__in", ["treated", "holdout"])),
                        name="enrolment_arm_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("arm", "treated"), ("due_at__isnull", True), _connector="OR"
                        ),
                        name="enrolment_holdout_stays",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("arm", models.CharField(default="treated", max_length=8)),
                ("step", models.PositiveSmallIntegerField(default=1)),
                (
                    "occasion",
                    models.CharField(blank=True, db_default="", default="", max_length=60),
                ),
                ("channel", models.CharField(default="email", max_length=12)),
                ("address", models.CharField(blank=True, max_length=254)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("skipped", "Left out"),
                            ("failed", "Failed"),
                            ("unknown", "Unknown"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("skip_reason", models.CharField(blank=True, max_length=40)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("reference", models.UUIDField()),
                ("provider_ref", models.CharField(blank=True, db_default="", max_length=120)),
                ("due_at", models.DateTimeField()),
                ("ask_after", models.DateTimeField(null=True)),
                ("n_parts", models.PositiveSmallIntegerField(db_default=1, default=1)),
                ("cost_minor", models.PositiveIntegerField(db_default=0, default=0)),
                ("not_after", models.DateTimeField(null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("handed_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("bounced_at", models.DateTimeField(null=True)),
                ("complained_at", models.DateTimeField(null=True)),
                ("opened_at", models.DateTimeField(null=True)),
                ("clicked_at", models.DateTimeField(null=True)),
                ("replied_at", models.DateTimeField(null=True)),
                ("n_tries", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "campaign",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
                (
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="customers.customer",
                    ),
                ),
                (
                    "enrolment",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="campaigns.enrolment",
                    ),
                ),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="campaigns.provideraccount",
                    ),
                ),
                (
                    "variant",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="campaigns.variant",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")),
                        fields=["clinic", "campaign", "due_at"],
                        name="message_due",
                    ),
                    models.Index(
                        condition=models.Q(("state", "sending")),
                        fields=["clinic", "claimed_at"],
                        name="message_in_flight",
                    ),
                    models.Index(fields=["clinic", "campaign", "state"], name="message_by_state"),
                    models.Index(
                        condition=models.Q(("state", "unknown")),
                        fields=["clinic", "handed_at"],
                        name="message_unknown",
                    ),
                    models.Index(
                        condition=models.Q(("provider_ref", ""), _negated=True),
                        fields=["clinic", "provider_ref"],
                        name="message_of_provider",
                    ),
                    models.Index(
                        fields=["clinic", "customer", "sent_at"], name="message_frequency"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "skipped"), _negated=True),
                        fields=("clinic", "campaign", "occasion", "step", "channel", "address"),
                        name="message_one_an_intent",
                    ),
                    models.UniqueConstraint(
                        fields=("clinic", "enrolment", "step", "channel"),
                        name="message_one_an_enrolment",
                    ),
                    models.UniqueConstraint(
                        fields=("clinic", "reference"), name="message_reference_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("arm", "treated")), name="message_never_to_holdout"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("skip_reason__gt", ""), ("state", "skipped")),
                            models.Q(
                                models.Q(("state", "skipped"), _negated=True), ("skip_reason", "")
                            ),
                            _connector="OR",
                        ),
                        name="message_skipped_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "skipped", "failed"]),
                            models.Q(("claimed_at__isnull", False), ("state", "sending")),
                            models.Q(("sent_at__isnull", False), ("state", "sent")),
                            models.Q(("handed_at__isnull", False), ("state", "unknown")),
                            _connector="OR",
                        ),
                        name="message_state_fits_times",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("address", ""), _negated=True),
                            ("state", "skipped"),
                            _connector="OR",
                        ),
                        name="message_has_address_or_is_skipped",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("receipt_id", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("delivered", "Delivered"),
                            ("bounced", "Could not be delivered"),
                            ("complained", "Reported as spam"),
                            ("opened", "Opened"),
                            ("clicked", "Clicked"),
                            ("replied", "Replied"),
                            ("opted_out", "Opted out"),
                        ],
                        max_length=12,
                    ),
                ),
                ("is_machine", models.BooleanField(default=False)),
                ("words", models.CharField(blank=True, max_length=500)),
                ("occurred_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="campaigns.provideraccount",
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.clinic",
                    ),
                ),
                (
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="customers.customer",
                    ),
                ),
                (
                    "message",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="campaigns.message",
                    ),
                ),
            ],
            options={
                "ordering": ["-received_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "message"], name="receipt_of_message"),
                    models.Index(fields=["clinic", "customer"], name="receipt_of_customer"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "account", "receipt_id"),
                        name="receipt_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("receipt_id", ""), _negated=True), name="receipt_has_id"
                    ),
                ],
            },
        ),
    ]
