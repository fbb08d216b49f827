import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tenancy.models.base


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_initial"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("n_given", models.PositiveIntegerField(default=0)),
                ("n_unknown", models.PositiveIntegerField(default=0)),
                ("n_shared", models.PositiveIntegerField(default=0)),
                ("unknown", models.JSONField(default=list)),
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
                    "created_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
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
                        fields=("clinic", "name"), name="customer_list_name_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of", models.DateField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("is_current", models.BooleanField(default=False)),
                ("is_held", models.BooleanField(default=False)),
                ("rules", models.JSONField(default=dict)),
                ("report", models.JSONField(default=dict)),
                ("population", models.JSONField(db_default={}, default=dict)),
                ("n_customers", models.PositiveIntegerField(default=0)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
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
                "ordering": ["-as_of", "-version", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "as_of", "version"), name="score_run_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)),
                        fields=("clinic",),
                        name="score_run_one_current",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_current", False), ("finished_at__isnull", False), _connector="OR"
                        ),
                        name="score_run_current_is_finished",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_held", False), ("is_current", False), _connector="OR"
                        ),
                        name="score_run_held_is_not_current",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("rule", models.JSONField()),
                ("rule_version", models.PositiveIntegerField(db_default=1, default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("n_members", models.PositiveIntegerField(editable=False, null=True)),
                ("refreshed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "refusal",
                    models.CharField(blank=True, db_default="", editable=False, max_length=500),
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
                    "created_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "name"), name="segment_name_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SegmentPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("change_no", models.BigIntegerField(default=0)),
                ("mark_id", models.BigIntegerField(default=0)),
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
                    models.UniqueConstraint(fields=("clinic",), name="segment_place_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerListEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "customer_list",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="segmentation.customerlist",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["clinic", "customer"], name="lists_of_customer")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "customer_list", "customer"),
                        name="customer_list_entry_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptScore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("row", models.JSONField(null=True)),
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
                    "run",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="segmentation.scorerun",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "run", "customer"), name="kept_score_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerScore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recency_days", models.IntegerField(null=True)),
                ("frequency", models.IntegerField(default=0)),
                ("monetary_minor", models.BigIntegerField(default=0)),
                ("r", models.SmallIntegerField(null=True)),
                ("f", models.SmallIntegerField(null=True)),
                ("m", models.SmallIntegerField(null=True)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("potential", "Potential"),
                            ("new", "New"),
                            ("active", "Active"),
                            ("loyal", "Loyal"),
                            ("dormant", "Dormant"),
                            ("churned", "Churned"),
                        ],
                        max_length=10,
                    ),
                ),
                ("stage_since_on", models.DateField()),
                ("churn_probability", models.FloatField(null=True)),
                ("expected_interval_days", models.FloatField(null=True)),
                ("next_due_on", models.DateField(null=True)),
                ("next_due_from_on", models.DateField(null=True)),
                ("next_due_until_on", models.DateField(null=True)),
                ("first_purchase_on", models.DateField(null=True)),
                ("last_purchase_on", models.DateField(null=True)),
                (
                    "layer",
                    models.CharField(
                        choices=[
                            ("high", "High value"),
                            ("potential_high", "Potential high value"),
                            ("regular", "Regular"),
                            ("at_risk", "At risk"),
                            ("lost", "Lost"),
                        ],
                        default="regular",
                        max_length=14,
                    ),
                ),
                ("p_alive", models.FloatField(null=True)),
                ("expected_purchases", models.FloatField(null=True)),
                ("expected_spend_minor", models.BigIntegerField(null=True)),
                ("clv_minor", models.BigIntegerField(null=True)),
                ("historical_value_minor", models.BigIntegerField(default=0)),
                (
                    "reason_points",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), null=True, size=None
                    ),
                ),
                (
                    "reason_facts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), null=True, size=None
                    ),
                ),
                ("rescored_on", models.DateField(null=True)),
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
                        related_name="scores",
                        to="customers.customer",
                    ),
                ),
                (
                    "next_due_treatment",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.treatment",
                    ),
                ),
                (
                    "run",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="segmentation.scorerun",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "customer", "run"], name="score_of_customer"),
                    models.Index(fields=["clinic", "run", "stage"], name="score_by_stage"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "run", "customer"), name="score_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("churn_probability__isnull", True),
                            models.Q(("churn_probability__gte", 0), ("churn_probability__lte", 1)),
                            _connector="OR",
                        ),
                        name="score_churn_is_probability",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("f__isnull", True), ("m__isnull", True), ("r__isnull", True)),
                            models.Q(
                                ("f__range", (1, 5)), ("m__range", (1, 5)), ("r__range", (1, 5))
                            ),
                            _connector="OR",
                        ),
                        name="score_quintiles",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "stage__in",
                                ["potential", "new", "active", "loyal", "dormant", "churned"],
                            )
                        ),
                        name="score_stage_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("layer__in", ["high", "potential_high", "regular", "at_risk", "lost"])
                        ),
                        name="score_layer_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("p_alive__isnull", True),
                            models.Q(("p_alive__gte", 0), ("p_alive__lte", 1)),
                            _connector="OR",
                        ),
                        name="score_alive_is_probability",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SegmentRefresh",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("rule", "The rule was changed"),
                            ("night", "The night after scoring"),
                            ("events", "Something happened"),
                            ("asked", "Somebody asked"),
                        ],
                        max_length=8,
                    ),
                ),
                ("rule_version", models.PositiveIntegerField()),
                ("as_of", models.DateField()),
                ("at", models.DateTimeField()),
                ("n_entered", models.PositiveIntegerField(default=0)),
                ("n_left", models.PositiveIntegerField(default=0)),
                ("n_members", models.PositiveIntegerField(default=0)),
                ("net_minor", models.BigIntegerField(null=True)),
                ("churn_rate", models.FloatField(null=True)),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refreshes",
                        to="segmentation.segment",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "segment", "at"], name="refresh_of_segment")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("churn_rate__isnull", True),
                            models.Q(("churn_rate__gte", 0), ("churn_rate__lte", 1)),
                            _connector="OR",
                        ),
                        name="segment_refresh_churn_is_rate",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cause__in", ["rule", "night", "events", "asked"])),
                        name="segment_refresh_cause_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SegmentMembership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(null=True)),
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
                    "segment",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="segmentation.segment",
                    ),
                ),
                (
                    "entered_by",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="segmentation.segmentrefresh",
                    ),
                ),
                (
                    "left_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="segmentation.segmentrefresh",
                    ),
                ),
            ],
            options={
                "ordering": ["-entered_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "customer"], name="segments_of_customer"),
                    models.Index(
                        condition=models.Q(("left_at__isnull", False)),
                        fields=["clinic", "segment", "left_at"],
                        name="segment_leavers",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("left_at__isnull", True)),
                        fields=("clinic", "segment", "customer"),
                        name="segment_membership_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("left_at__isnull", True), ("left_by__isnull", True)),
                            models.Q(("left_at__isnull", False), ("left_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="segment_membership_left_by_a_refresh",
                    ),
                ],
            },
        ),
    ]
