import datetime

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.manager
from django.db import migrations, models

import customers.models.sealed_text
import tenancy.models.base


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "gender",
                    models.CharField(
                        blank=True,
                        choices=[("female", "Female"), ("male", "Male"), ("other", "Other")],
                        max_length=8,
                    ),
                ),
                ("birth_on", models.DateField(blank=True, null=True)),
                ("occupation", models.CharField(blank=True, max_length=120)),
                ("education", models.CharField(blank=True, max_length=120)),
                ("city", models.CharField(blank=True, max_length=120)),
                ("district", models.CharField(blank=True, max_length=120)),
                ("address", models.CharField(blank=True, max_length=300)),
                ("language", models.CharField(blank=True, max_length=8)),
                ("acquisition_source", models.CharField(blank=True, max_length=80)),
                ("erased_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("notes", models.TextField(blank=True)),
                ("hobbies", models.CharField(blank=True, db_default="", max_length=300)),
                (
                    "custom",
                    models.JSONField(
                        blank=True, db_default=models.Value({}, models.JSONField()), default=dict
                    ),
                ),
                ("known_since_on", models.DateField()),
                ("last_visit_on", models.DateField(blank=True, null=True)),
                ("spent_minor", models.BigIntegerField(db_default=0, default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
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
                    "consultant",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customers",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "home_branch",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customers",
                        to="tenancy.branch",
                    ),
                ),
                (
                    "merged_into",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "referrer",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referred",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "abstract": False,
                "base_manager_name": "with_merged",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("merged_into__isnull", False)),
                        fields=["clinic", "merged_into"],
                        name="customer_merged_into",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("erased_at__isnull", True), ("merged_into__isnull", True)
                        ),
                        fields=["clinic", "name", "id"],
                        name="customer_listed_by_name",
                    ),
                    models.Index(
                        models.F("clinic"),
                        django.db.models.functions.comparison.Coalesce(
                            "last_visit_on", models.Value(datetime.date(1, 1, 1))
                        ),
                        models.F("id"),
                        condition=models.Q(
                            ("erased_at__isnull", True), ("merged_into__isnull", True)
                        ),
                        name="customer_listed_by_visit",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("erased_at__isnull", True), ("merged_into__isnull", True)
                        ),
                        fields=["clinic", "spent_minor", "id"],
                        name="customer_listed_by_spend",
                    ),
                    models.Index(fields=["clinic", "updated_at", "id"], name="customer_by_change"),
                    models.Index(fields=["clinic", "consultant"], name="customer_by_consultant"),
                    models.Index(
                        models.F("clinic"),
                        models.F("home_branch"),
                        django.db.models.functions.comparison.Coalesce(
                            "last_visit_on", models.Value(datetime.date(1, 1, 1))
                        ),
                        models.F("id"),
                        condition=models.Q(
                            ("erased_at__isnull", True), ("merged_into__isnull", True)
                        ),
                        name="customer_listed_by_branch",
                    ),
                    models.Index(
                        condition=models.Q(("referrer__isnull", False)),
                        fields=["clinic", "referrer"],
                        name="customer_by_referrer",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("gender__in", ["", "female", "male", "other"])),
                        name="customer_gender_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="customer_has_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("referrer__isnull", True),
                            models.Q(("referrer", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="customer_not_own_referrer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into__isnull", True),
                            models.Q(("merged_into", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="customer_not_merged_into_self",
                    ),
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("with_merged", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("label", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("number", "Number"),
                            ("date", "Date"),
                            ("choice", "Choice"),
                            ("yes_no", "Yes or no"),
                        ],
                        max_length=8,
                    ),
                ),
                ("choices", models.JSONField(blank=True, default=list)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_active", models.BooleanField(default=True)),
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
                "ordering": ["position", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "key"), name="custom_field_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["text", "number", "date", "choice", "yes_no"])
                        ),
                        name="custom_field_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DuplicateRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("review_from", models.FloatField(default=0.5)),
                ("certain_from", models.FloatField(default=0.999)),
                ("merges_by_itself", models.BooleanField(default=False)),
                ("last_full_search_at", models.DateTimeField(blank=True, null=True)),
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
                    models.UniqueConstraint(fields=("clinic",), name="duplicate_rules_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("certain_from__lte", 1),
                            ("review_from__gt", 0),
                            ("review_from__lte", models.F("certain_from")),
                        ),
                        name="duplicate_thresholds_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FeedMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("customer", "Customer"),
                            ("appointment", "Appointment"),
                            ("sale", "Sale"),
                            ("treatment", "Treatment"),
                            ("interaction", "Call, message or other touch"),
                        ],
                        max_length=12,
                    ),
                ),
                ("record_id", models.BigIntegerField()),
                ("is_deleted", models.BooleanField(default=False)),
                ("change_no", models.BigIntegerField()),
                ("settled_below", models.BigIntegerField()),
                ("changed_at", models.DateTimeField()),
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
                "ordering": ["change_no", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["clinic", "kind", "change_no", "id"],
                        include=("record_id", "is_deleted", "changed_at", "settled_below"),
                        name="feed_in_order",
                    ),
                    models.Index(
                        condition=models.Q(("is_deleted", True)),
                        fields=["clinic", "change_no", "id"],
                        name="feed_of_deletions",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "kind", "record_id"), name="feed_mark_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HealthAccess",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject_id", models.BigIntegerField()),
                (
                    "action",
                    models.CharField(
                        choices=[("opened", "Opened"), ("changed", "Changed")], max_length=10
                    ),
                ),
                (
                    "right",
                    models.CharField(
                        choices=[
                            ("consultant", "Consultant of the customer"),
                            ("reason", "Gave a reason"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "–"),
                            ("treatment", "Treats the customer today"),
                            ("stands_in", "Stands in for the consultant"),
                            ("asked", "The customer asked"),
                            ("emergency", "Emergency"),
                            ("other", "Another reason"),
                        ],
                        max_length=12,
                    ),
                ),
                ("words", customers.models.sealed_text.SealedTextField(blank=True)),
                ("at", models.DateTimeField()),
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
                    "member",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "subject_id", "-at"], name="health_access_of")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("right", "consultant"),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="health_access_has_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("source", models.CharField(default="file", max_length=60)),
                ("original_name", models.CharField(max_length=255)),
                ("stored_path", models.CharField(max_length=300)),
                ("mapping", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Uploaded"),
                            ("checked", "Checked"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("reverted", "Reverted"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                ("next_line", models.PositiveBigIntegerField(default=0)),
                ("n_rows", models.PositiveBigIntegerField(default=0)),
                ("n_created", models.PositiveBigIntegerField(default=0)),
                ("n_updated", models.PositiveBigIntegerField(default=0)),
                ("n_unchanged", models.PositiveBigIntegerField(default=0)),
                ("n_refused", models.PositiveBigIntegerField(default=0)),
                ("report", models.JSONField(default=dict)),
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
                    "job",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.job",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="QualityDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day_on", models.DateField()),
                ("n_customers", models.PositiveIntegerField()),
                ("n_agreed", models.PositiveSmallIntegerField()),
                ("n_known", models.PositiveBigIntegerField()),
                ("n_no_phone", models.PositiveIntegerField()),
                ("n_invalid_phone", models.PositiveIntegerField()),
                ("n_no_birthday", models.PositiveIntegerField()),
                ("n_no_consent", models.PositiveIntegerField()),
                ("n_stale", models.PositiveIntegerField()),
                ("n_possible_duplicates", models.PositiveIntegerField()),
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
            ],
            options={
                "ordering": ["day_on", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "day_on", "branch"),
                        name="quality_day_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "n_known__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("n_customers"), "*", models.F("n_agreed")
                                ),
                            )
                        ),
                        name="quality_known_within_agreed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("is_shared", models.BooleanField(default=False)),
                ("filters", models.JSONField(default=dict)),
                ("columns", models.JSONField(default=list)),
                ("sort", models.CharField(blank=True, max_length=20)),
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
                    "owner",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to="tenancy.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_shared", True)),
                        fields=["clinic"],
                        name="saved_view_shared",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "owner", "name"), name="saved_view_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("token", models.CharField(max_length=40)),
                ("mapping", models.JSONField(default=dict)),
                ("is_open", models.BooleanField(default=True)),
                ("n_refused", models.PositiveBigIntegerField(default=0)),
                ("last_refused_at", models.DateTimeField(blank=True, null=True)),
                ("last_refusal", models.CharField(blank=True, max_length=40)),
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
                "ordering": ["name", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "name"), name="source_name_once"),
                    models.UniqueConstraint(fields=("clinic", "token"), name="source_token_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("url", models.CharField(max_length=500)),
                ("kinds", models.JSONField(default=list)),
                ("is_paused", models.BooleanField(default=False)),
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
                "ordering": ["name", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "name"), name="subscription_name_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("kind", models.CharField(blank=True, max_length=40)),
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
                "ordering": ["name", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "name"), name="tag_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject_id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("identity", "Id of a source"),
                            ("person", "Name with birthday, phone or e-mail"),
                        ],
                        max_length=8,
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("key_mark", models.CharField(blank=True, db_default="", default="", max_length=8)),
                ("erased_at", models.DateTimeField()),
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
                        fields=("clinic", "digest", "subject_id"), name="tombstone_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Treatment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=200)),
                ("category", models.CharField(blank=True, max_length=80)),
                (
                    "nature",
                    models.CharField(
                        blank=True,
                        choices=[("care", "Care"), ("surgery", "Surgery")],
                        db_default="",
                        max_length=8,
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[("basic", "Basic"), ("premium", "Premium")],
                        db_default="",
                        max_length=8,
                    ),
                ),
                ("interval_days", models.PositiveIntegerField(blank=True, null=True)),
                ("interval_min_days", models.PositiveIntegerField(blank=True, null=True)),
                ("interval_max_days", models.PositiveIntegerField(blank=True, null=True)),
                ("min_clinical_interval_days", models.PositiveIntegerField(default=0)),
                ("course_length", models.PositiveIntegerField(default=1)),
                ("price_minor", models.BigIntegerField(blank=True, null=True)),
                ("cost_minor", models.BigIntegerField(blank=True, null=True)),
                ("is_active", models.BooleanField(default=True)),
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
                "ordering": ["name", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "code"), name="treatment_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("interval_days__isnull", True),
                            ("interval_days__gte", 1),
                            _connector="OR",
                        ),
                        name="treatment_interval_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("interval_min_days__isnull", True),
                                models.Q(
                                    ("interval_min_days__gte", 1),
                                    ("interval_min_days__lte", models.F("interval_days")),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("interval_max_days__isnull", True),
                                ("interval_max_days__gte", models.F("interval_days")),
                                _connector="OR",
                            ),
                        ),
                        name="treatment_range_around_interval",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("interval_days__isnull", False),
                            models.Q(
                                ("interval_max_days__isnull", True),
                                ("interval_min_days__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="treatment_range_needs_interval",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("course_length__gte", 1)),
                        name="treatment_course_at_least_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("price_minor__isnull", True),
                                ("price_minor__gte", 0),
                                _connector="OR",
                            ),
                            models.Q(
                                ("cost_minor__isnull", True),
                                ("cost_minor__gte", 0),
                                _connector="OR",
                            ),
                        ),
                        name="treatment_money_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AcquisitionSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("cost_minor", models.BigIntegerField(blank=True, null=True)),
                ("is_active", models.BooleanField(default=True)),
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
                "ordering": ["name", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "name"), name="acquisition_source_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="acquisition_source_has_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cost_minor__isnull", True), ("cost_minor__gte", 0), _connector="OR"
                        ),
                        name="acquisition_cost_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiIntake",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=60)),
                ("counted_on", models.DateField()),
                ("n_taken", models.PositiveBigIntegerField(default=0)),
                ("n_refused", models.PositiveBigIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
                ("last_refusal", models.CharField(blank=True, max_length=60)),
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
                    "key",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.apikey",
                    ),
                ),
            ],
            options={
                "ordering": ["-counted_on", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "counted_on"], name="api_intake_by_day")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "key", "source", "counted_on"),
                        name="api_intake_once_a_day",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AppliedVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=60)),
                ("kind", models.CharField(max_length=12)),
                ("external_id", models.CharField(max_length=120)),
                ("version", models.DecimalField(decimal_places=9, max_digits=40)),
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
                        fields=("clinic", "source", "kind", "external_id"),
                        name="applied_version_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactPoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("phone", "Phone"), ("email", "E-mail")], max_length=8
                    ),
                ),
                ("value", models.CharField(max_length=254)),
                ("is_primary", models.BooleanField(default=True)),
                ("is_valid", models.BooleanField(default=True)),
                (
                    "label",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("mobile", "Mobile"),
                            ("home", "Home"),
                            ("work", "Work"),
                            ("family", "A relative's"),
                        ],
                        db_default="",
                        max_length=8,
                    ),
                ),
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
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contact_points",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-is_primary", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "kind", "value"], name="contact_point_by_value")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "customer", "kind", "value"), name="contact_point_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_primary", True)),
                        fields=("clinic", "customer", "kind"),
                        name="contact_point_one_primary",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("marketing", "Marketing"), ("care", "Care and reminders")],
                        max_length=16,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("email", "E-mail"),
                            ("sms", "SMS"),
                            ("phone", "Phone"),
                            ("wechat", "WeChat"),
                        ],
                        max_length=16,
                    ),
                ),
                ("given_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(max_length=60)),
                ("text_version", models.CharField(blank=True, max_length=40)),
                ("proof", models.CharField(blank=True, db_default="", max_length=200)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consents",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-given_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "customer"], name="consent_of_customer")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("clinic", "customer", "purpose", "channel"),
                        name="consent_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at__isnull", True),
                            ("withdrawn_at__gte", models.F("given_at")),
                            _connector="OR",
                        ),
                        name="consent_withdrawn_after_given",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appointment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=60)),
                ("external_id", models.CharField(max_length=120)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("booked", "Booked"),
                            ("confirmed", "Confirmed"),
                            ("attended", "Attended"),
                            ("no_show", "No-show"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="booked",
                        max_length=12,
                    ),
                ),
                ("waiting_minutes", models.PositiveIntegerField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "branch",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
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
                    "consultant",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="appointments",
                        to="customers.customer",
                    ),
                ),
                (
                    "treatment",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="customers.treatment",
                    ),
                ),
            ],
            options={
                "ordering": ["starts_at", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "starts_at"], name="appointment_by_start"),
                    models.Index(
                        fields=["clinic", "customer", "starts_at"], name="appointment_of_customer"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "source", "external_id"), name="appointment_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True),
                            ("ends_at__gt", models.F("starts_at")),
                            _connector="OR",
                        ),
                        name="appointment_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=80)),
                ("item", models.TextField(blank=True)),
                ("old", models.TextField(blank=True)),
                ("new", models.TextField(blank=True)),
                ("actor", models.CharField(blank=True, max_length=40)),
                ("actor_label", models.CharField(blank=True, max_length=160)),
                ("changed_at", models.DateTimeField()),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-changed_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["clinic", "customer", "-changed_at", "-id"],
                        name="change_of_customer",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("occurred_at", models.DateTimeField()),
                ("source_key", models.CharField(max_length=120)),
                ("amount_minor", models.BigIntegerField(blank=True, null=True)),
                ("payload", models.JSONField(default=dict)),
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
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-occurred_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["clinic", "customer", "-occurred_at", "-id"], name="event_timeline"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "kind", "source_key"), name="event_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("image", "Picture"), ("pdf", "PDF")], max_length=8),
                ),
                ("title", models.CharField(max_length=200)),
                ("is_medical", models.BooleanField(default=False)),
                ("content_type", models.CharField(max_length=40)),
                ("n_bytes", models.PositiveBigIntegerField()),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("stored_path", models.CharField(max_length=300)),
                ("preview_path", models.CharField(blank=True, max_length=300)),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
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
                (
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-added_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["clinic", "customer", "-added_at"], name="file_of_customer"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("n_bytes__gte", 1), models.Q(("stored_path", ""), _negated=True)
                        ),
                        name="customer_file_not_empty",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerHealth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("skin_type", customers.models.sealed_text.SealedTextField(blank=True)),
                ("allergies", customers.models.sealed_text.SealedTextField(blank=True)),
                ("contraindications", customers.models.sealed_text.SealedTextField(blank=True)),
                ("medical_notes", customers.models.sealed_text.SealedTextField(blank=True)),
                ("has_allergy", models.BooleanField(default=False)),
                ("has_contraindication", models.BooleanField(default=False)),
                ("updated_at", models.DateTimeField()),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="health_records",
                        to="customers.customer",
                    ),
                ),
                (
                    "updated_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
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
                    models.UniqueConstraint(fields=("clinic", "customer"), name="health_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerTrait",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "aspect",
                    models.CharField(
                        choices=[("nature", "Interested in"), ("level", "Need level")],
                        max_length=12,
                    ),
                ),
                ("value", models.CharField(max_length=20)),
                ("said_at", models.DateTimeField()),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="traits",
                        to="customers.customer",
                    ),
                ),
                (
                    "said_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "customer", "aspect"), name="customer_trait_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("message_id", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=40)),
                ("body", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting to be sent"),
                            ("sending", "Being sent"),
                            ("delivered", "Delivered"),
                            ("dead", "Given up"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("retry_from", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                ("n_tries", models.PositiveIntegerField(default=0)),
                ("last_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
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
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "subscription",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="customers.subscription",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")),
                        fields=["clinic", "subscription", "due_at", "id"],
                        name="delivery_due",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "sending"])),
                        fields=["clinic", "subscription", "customer", "id"],
                        name="delivery_order",
                    ),
                    models.Index(
                        fields=["clinic", "subscription", "state", "-created_at"],
                        name="delivery_log",
                    ),
                    models.Index(fields=["clinic", "customer"], name="delivery_of_customer"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "subscription", "message_id"), name="delivery_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DuplicatePair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("score", models.FloatField()),
                (
                    "decision",
                    models.CharField(
                        choices=[("merge", "Certain"), ("review", "To be looked at")], max_length=6
                    ),
                ),
                ("reasons", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("merged", "Merged"),
                            ("different", "Different people"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("found_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
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
                    "decided_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "first",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "second",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-score", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "second"], name="duplicate_pair_of_second"),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["clinic", "-score", "id"],
                        name="duplicate_pair_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "first", "second"), name="duplicate_pair_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))),
                        name="duplicate_pair_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("score__gte", 0), ("score__lte", 1)),
                        name="duplicate_score_is_probability",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Guardian",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200)),
                ("phone", models.CharField(blank=True, max_length=32)),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("mother", "Mother"),
                            ("father", "Father"),
                            ("other", "Other legal guardian"),
                        ],
                        max_length=8,
                    ),
                ),
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
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guardians",
                        to="customers.customer",
                    ),
                ),
                (
                    "guardian",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="wards",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "customer"], name="guardian_of_customer"),
                    models.Index(
                        condition=models.Q(("guardian__isnull", False)),
                        fields=["clinic", "guardian"],
                        name="guardian_as_customer",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("guardian__isnull", False)),
                        fields=("clinic", "customer", "guardian"),
                        name="guardian_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("guardian__isnull", False),
                            models.Q(("name", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="guardian_is_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("guardian__isnull", True),
                            models.Q(("guardian", models.F("customer")), _negated=True),
                            _connector="OR",
                        ),
                        name="guardian_is_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=60)),
                ("external_id", models.CharField(max_length=120)),
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
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identities",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "customer"], name="identity_of_customer")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "source", "external_id"), name="identity_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        name="identity_not_empty",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportedRows",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("ids", models.JSONField(default=list)),
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
                    "import_file",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="made_rows",
                        to="customers.importfile",
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
                        fields=["clinic", "import_file", "kind"], name="imported_rows_of_file"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportedChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table", models.CharField(max_length=60)),
                ("row_id", models.BigIntegerField()),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "import_file",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="customers.importfile",
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
                        fields=["clinic", "import_file", "id"], name="imported_change_of_file"
                    ),
                    models.Index(
                        condition=models.Q(("customer__isnull", False)),
                        fields=["clinic", "customer"],
                        name="imported_change_of_customer",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportProblem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveBigIntegerField()),
                ("field", models.CharField(blank=True, max_length=60)),
                ("code", models.CharField(max_length=60)),
                ("params", models.JSONField(default=dict)),
                ("message", models.CharField(max_length=500)),
                ("row", models.JSONField(default=list)),
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
                    "import_file",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="problems",
                        to="customers.importfile",
                    ),
                ),
            ],
            options={
                "ordering": ["line", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "import_file", "line", "field"),
                        name="import_problem_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Interaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("site_visit", "Looked at our site"),
                            ("message", "Message"),
                            ("call", "Call"),
                            ("social_like", "Liked a post"),
                            ("social_comment", "Commented on a post"),
                            ("social_share", "Shared a post"),
                            ("service_conversation", "Talk with customer service"),
                            ("complaint", "Complaint"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("phone", "Phone"),
                            ("sms", "SMS"),
                            ("email", "E-mail"),
                            ("wechat", "WeChat"),
                            ("moments", "WeChat Moments"),
                            ("xiaohongshu", "Xiaohongshu"),
                            ("douyin", "Douyin"),
                            ("website", "Website"),
                            ("desk", "At the desk"),
                            ("other", "Another way"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("in", "From the customer"), ("out", "From us")],
                        default="in",
                        max_length=4,
                    ),
                ),
                ("occurred_at", models.DateTimeField()),
                ("summary", models.CharField(blank=True, max_length=2000)),
                ("source", models.CharField(max_length=60)),
                ("external_id", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
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
                (
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="interactions",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-occurred_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["clinic", "customer", "-occurred_at"],
                        include=("channel", "direction"),
                        name="interaction_of_customer",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "source", "external_id"), name="interaction_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        name="interaction_has_id",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("direction__in", ["in", "out"]),
                            (
                                "kind__in",
                                [
                                    "site_visit",
                                    "message",
                                    "call",
                                    "social_like",
                                    "social_comment",
                                    "social_share",
                                    "service_conversation",
                                    "complaint",
                                ],
                            ),
                        ),
                        name="interaction_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_automatic", models.BooleanField(default=False)),
                ("journal", models.JSONField(default=list)),
                ("n_moved", models.PositiveIntegerField(default=0)),
                ("merged_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
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
                    "merged",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "merged_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "survivor",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "undone_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["-merged_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "survivor"], name="merge_of_survivor"),
                    models.Index(fields=["clinic", "-merged_at", "-id"], name="merge_latest"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("clinic", "merged"),
                        name="merge_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("survivor", models.F("merged")), _negated=True),
                        name="merge_of_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("written_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField(blank=True, null=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ("is_pinned", models.BooleanField(db_default=False, default=False)),
                (
                    "author",
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
                (
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="note_entries",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-written_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["clinic", "customer"], name="note_of_customer")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_pinned", True)),
                        fields=("clinic", "customer"),
                        name="note_one_pinned",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deleted_at__isnull", True), ("is_pinned", False), _connector="OR"
                        ),
                        name="note_deleted_not_pinned",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Sale",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=60)),
                ("external_id", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[("sale", "Sale"), ("refund", "Refund")],
                        default="sale",
                        max_length=8,
                    ),
                ),
                ("occurred_at", models.DateTimeField()),
                ("occurred_on", models.DateField()),
                ("counts_on", models.DateField()),
                ("gross_minor", models.BigIntegerField()),
                ("discount_minor", models.BigIntegerField(default=0)),
                ("net_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "branch",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sales",
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
                    "consultant",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sales",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sales",
                        to="customers.customer",
                    ),
                ),
                (
                    "refund_of",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="customers.sale",
                    ),
                ),
            ],
            options={
                "ordering": ["-occurred_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["clinic", "customer", "counts_on"],
                        include=("net_minor", "occurred_on"),
                        name="sale_purchase_days",
                    ),
                    models.Index(fields=["clinic", "occurred_on"], name="sale_by_day"),
                    models.Index(
                        condition=models.Q(("refund_of__isnull", False)),
                        fields=["clinic", "refund_of"],
                        name="sale_refunds",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "source", "external_id"), name="sale_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "net_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("gross_minor"), "-", models.F("discount_minor")
                                ),
                            )
                        ),
                        name="sale_net_is_gross_less_discount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "sale"), ("net_minor__gte", 0), ("refund_of__isnull", True)
                            ),
                            models.Q(("kind", "refund"), ("net_minor__lte", 0)),
                            _connector="OR",
                        ),
                        name="sale_sign_matches_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.CharField(db_collation="C", max_length=80)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_tokens",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "customer"], name="search_token_of_customer")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "token", "customer"), name="search_token_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IntakeRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event_id", models.CharField(max_length=255)),
                ("body", models.BinaryField()),
                ("headers", models.JSONField(default=dict)),
                ("received_at", models.DateTimeField()),
                ("n_repeats", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("waiting", "Waiting for another record"),
                            ("done", "Done"),
                            ("parked", "Parked"),
                        ],
                        default="received",
                        max_length=8,
                    ),
                ),
                ("kind", models.CharField(blank=True, max_length=12)),
                ("external_id", models.CharField(blank=True, max_length=120)),
                (
                    "version",
                    models.DecimalField(blank=True, decimal_places=9, max_digits=40, null=True),
                ),
                ("outcome", models.CharField(blank=True, max_length=12)),
                ("field", models.CharField(blank=True, max_length=60)),
                ("code", models.CharField(blank=True, max_length=60)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("waits_for", models.CharField(blank=True, max_length=140)),
                ("n_tries", models.PositiveIntegerField(default=0)),
                ("try_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
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
                    "source",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="customers.source",
                    ),
                ),
            ],
            options={
                "ordering": ["-received_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "received")),
                        fields=["clinic", "source", "id"],
                        name="intake_to_do",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "parked"])),
                        fields=["clinic", "source", "state", "waits_for"],
                        name="intake_held_up",
                    ),
                    models.Index(fields=["clinic", "source", "received_at"], name="intake_by_time"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "source", "event_id"), name="intake_event_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "parked"), _negated=True),
                            models.Q(("code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="intake_parked_has_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SourceSecret",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", customers.models.sealed_text.SealedTextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
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
                    "source",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="secrets",
                        to="customers.source",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["clinic", "source"], name="secret_of_source")],
            },
        ),
        migrations.CreateModel(
            name="SubscriptionSecret",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", customers.models.sealed_text.SealedTextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
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
                    "subscription",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="secrets",
                        to="customers.subscription",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "subscription"], name="secret_of_subscription")
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("added_at", models.DateTimeField(auto_now_add=True)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tag_links",
                        to="customers.customer",
                    ),
                ),
                (
                    "tag",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="customer_links",
                        to="customers.tag",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "tag", "customer"], name="customer_tag_by_tag")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "customer", "tag"), name="customer_tag_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("visited_on", models.DateField()),
                (
                    "branch",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
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
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visits",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-visited_on", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["clinic", "visited_on"], name="visit_by_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "customer", "visited_on"), name="visit_once_a_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("latency_ms", models.PositiveIntegerField()),
                ("excerpt", models.CharField(blank=True, max_length=500)),
                ("error", models.CharField(blank=True, max_length=300)),
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
                    "delivery",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="customers.delivery",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "delivery"], name="attempt_of_delivery")
                ],
            },
        ),
        migrations.CreateModel(
            name="NoteVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("replaced_at", models.DateTimeField()),
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
                    "note",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="customers.note",
                    ),
                ),
                (
                    "replaced_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["-replaced_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["clinic", "note"], name="version_of_note")],
            },
        ),
        migrations.CreateModel(
            name="Package",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sold_on", models.DateField()),
                ("valid_until_on", models.DateField(blank=True, null=True)),
                ("n_sessions", models.PositiveIntegerField()),
                ("n_used", models.PositiveIntegerField(default=0)),
                ("price_minor", models.BigIntegerField(default=0)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(max_length=60)),
                ("external_id", models.CharField(max_length=120)),
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
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="packages",
                        to="customers.customer",
                    ),
                ),
                (
                    "sold_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "sale",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="packages",
                        to="customers.sale",
                    ),
                ),
                (
                    "treatment",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="packages",
                        to="customers.treatment",
                    ),
                ),
            ],
            options={
                "ordering": ["-sold_on", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "customer"], name="package_of_customer"),
                    models.Index(
                        condition=models.Q(
                            ("cancelled_at__isnull", True), ("n_used__lt", models.F("n_sessions"))
                        ),
                        fields=["clinic", "valid_until_on"],
                        name="package_open_until",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "source", "external_id"), name="package_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("n_sessions__gte", 1)), name="package_has_sessions"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("n_used__lte", models.F("n_sessions"))),
                        name="package_never_overused",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until_on__isnull", True),
                            ("valid_until_on__gte", models.F("sold_on")),
                            _connector="OR",
                        ),
                        name="package_ends_after_sale",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price_minor__gte", 0)), name="package_price_sane"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SaleLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line_no", models.PositiveIntegerField()),
                ("item_code", models.CharField(blank=True, max_length=80)),
                ("item_name", models.CharField(blank=True, max_length=300)),
                ("quantity", models.DecimalField(decimal_places=3, default=1, max_digits=14)),
                ("net_minor", models.BigIntegerField()),
                ("cost_minor", models.BigIntegerField(blank=True, null=True)),
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
                    "sale",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="customers.sale",
                    ),
                ),
                (
                    "treatment",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sale_lines",
                        to="customers.treatment",
                    ),
                ),
            ],
            options={
                "ordering": ["line_no", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("treatment__isnull", False)),
                        fields=["clinic", "treatment"],
                        name="sale_line_treatment",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "sale", "line_no"), name="sale_line_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PackageSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("used_on", models.DateField()),
                ("key", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "appointment",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="customers.appointment",
                    ),
                ),
                (
                    "by",
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
                (
                    "package",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to="customers.package",
                    ),
                ),
            ],
            options={
                "ordering": ["used_on", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "package"], name="session_of_package"),
                    models.Index(
                        condition=models.Q(("appointment__isnull", False)),
                        fields=["clinic", "appointment"],
                        name="session_of_appointment",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "key"), name="package_session_once")
                ],
            },
        ),
    ]
