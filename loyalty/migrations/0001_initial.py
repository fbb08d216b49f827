import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

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
            name="MemberLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("link", "Link"), ("code", "Code")], max_length=4),
                ),
                ("secret_hash", models.CharField(max_length=64)),
                ("contact_kind", models.CharField(blank=True, max_length=8)),
                ("n_tries", models.PositiveSmallIntegerField(default=0)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
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
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="member_links",
                        to="customers.customer",
                    ),
                ),
                (
                    "made_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["clinic", "customer", "created_at"], name="member_link_of"
                    ),
                    models.Index(
                        condition=models.Q(("secret_hash", ""), _negated=True),
                        fields=["clinic", "secret_hash"],
                        name="member_link_by_secret",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("secret_hash", models.CharField(max_length=64)),
                (
                    "via",
                    models.CharField(
                        choices=[("link", "Link"), ("code", "Code"), ("wechat", "WeChat")],
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
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
                        related_name="member_sessions",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["clinic", "customer"], name="member_session_of")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "secret_hash"), name="member_session_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Offer",
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
                            ("amount", "An amount off"),
                            ("percent", "A share off"),
                            ("gift", "A gift"),
                        ],
                        default="amount",
                        max_length=8,
                    ),
                ),
                ("amount_minor", models.BigIntegerField(default=0)),
                ("off_rate", models.DecimalField(decimal_places=3, default=0, max_digits=4)),
                ("most_off_minor", models.BigIntegerField(blank=True, null=True)),
                ("min_spend_minor", models.BigIntegerField(default=0)),
                ("is_per_step", models.BooleanField(default=False)),
                ("gift", models.CharField(blank=True, max_length=120)),
                ("category", models.CharField(blank=True, max_length=80)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("valid_days", models.PositiveIntegerField(blank=True, null=True)),
                ("code", models.CharField(blank=True, max_length=20)),
                ("max_uses", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "max_uses_per_person",
                    models.PositiveIntegerField(blank=True, default=1, null=True),
                ),
                ("n_used", models.PositiveIntegerField(default=0)),
                ("is_first_purchase_only", models.BooleanField(default=False)),
                (
                    "stacking",
                    models.CharField(
                        choices=[
                            ("alone", "Not with other coupons"),
                            ("together", "Together with others"),
                        ],
                        default="alone",
                        max_length=8,
                    ),
                ),
                (
                    "refund_rule",
                    models.CharField(
                        choices=[
                            ("share", "Each item keeps its share of the discount"),
                            ("threshold", "Below the threshold the discount is lost"),
                        ],
                        default="share",
                        max_length=10,
                    ),
                ),
                ("restores_on_full_refund", models.BooleanField(default=True)),
                ("cost_minor", models.BigIntegerField(default=0)),
                ("is_pick", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "branch",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
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
                    "segment",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="segmentation.segment",
                    ),
                ),
                (
                    "treatment",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="customers.treatment",
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
                        condition=models.Q(("code", ""), _negated=True),
                        fields=("clinic", "code"),
                        name="offer_code_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount_minor__gte", 1),
                                ("gift", ""),
                                ("kind", "amount"),
                                ("off_rate", 0),
                            ),
                            models.Q(
                                ("amount_minor", 0),
                                ("gift", ""),
                                ("kind", "percent"),
                                ("off_rate__gt", 0),
                                ("off_rate__lte", 1),
                            ),
                            models.Q(
                                ("amount_minor", 0),
                                ("kind", "gift"),
                                ("off_rate", 0),
                                models.Q(("gift", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="offer_gives_what_it_says",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cost_minor__gte", 0),
                            ("min_spend_minor__gte", 0),
                            models.Q(
                                ("most_off_minor__isnull", True),
                                ("most_off_minor__gte", 1),
                                _connector="OR",
                            ),
                        ),
                        name="offer_money_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_per_step", False),
                            models.Q(("kind", "amount"), ("min_spend_minor__gte", 1)),
                            _connector="OR",
                        ),
                        name="offer_steps_have_a_size",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("max_uses__isnull", True),
                            ("n_used__lte", models.F("max_uses")),
                            _connector="OR",
                        ),
                        name="offer_never_overused",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("ends_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="offer_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Programme",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "points_expire_after_days",
                    models.PositiveIntegerField(blank=True, default=730, null=True),
                ),
                (
                    "point_value_minor",
                    models.DecimalField(decimal_places=3, default=1, max_digits=8),
                ),
                ("breakage_rate", models.DecimalField(decimal_places=3, default=0, max_digits=4)),
                ("pending_days", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("allows_transfers", models.BooleanField(db_default=False, default=False)),
                ("adjust_limit_points", models.BigIntegerField(blank=True, null=True)),
                ("tier_window_days", models.PositiveIntegerField(default=365)),
                ("is_default", models.BooleanField(default=True)),
                ("starts_on", models.DateField()),
                ("join_code", models.CharField(blank=True, db_default="", max_length=40)),
                ("rewards_result_photos", models.BooleanField(db_default=False, default=False)),
                ("closed_on", models.DateField(blank=True, null=True)),
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
                    "eligible_segment",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="segmentation.segment",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "name"), name="programme_name_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("clinic",),
                        name="programme_one_default",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("join_code", ""), _negated=True),
                        fields=("clinic", "join_code"),
                        name="programme_join_code_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("point_value_minor__gte", 0)),
                        name="programme_value_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("breakage_rate__gte", 0), ("breakage_rate__lte", 1)),
                        name="programme_breakage_is_rate",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("adjust_limit_points__isnull", True),
                            ("adjust_limit_points__gte", 0),
                            _connector="OR",
                        ),
                        name="programme_adjust_limit_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tier_window_days__gte", 1),
                            models.Q(
                                ("points_expire_after_days__isnull", True),
                                ("points_expire_after_days__gte", 1),
                                _connector="OR",
                            ),
                        ),
                        name="programme_windows_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Referral",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("rewarded", "Rewarded"),
                            ("refused", "Not rewarded"),
                            ("taken_back", "Taken back"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "refusal",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("same_person", "Perhaps the same person"),
                            ("circle", "They brought each other"),
                            ("too_small", "The first paid visit was below the minimum"),
                            ("refunded", "The first paid visit was refunded"),
                            ("merged", "The two turned out to be one person"),
                        ],
                        max_length=12,
                    ),
                ),
                ("points_referrer", models.PositiveIntegerField(default=0)),
                ("points_friend", models.PositiveIntegerField(default=0)),
                ("paid_on", models.DateField(null=True)),
                ("decided_at", models.DateTimeField()),
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
                    "friend",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referral",
                        to="customers.customer",
                    ),
                ),
                (
                    "referrer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referrals",
                        to="customers.customer",
                    ),
                ),
                (
                    "sale",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.sale",
                    ),
                ),
            ],
            options={
                "ordering": ["-decided_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "referrer"], name="referral_of_referrer")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "friend"), name="referral_once_a_friend"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("refusal", ""), ("state", "rewarded")),
                            models.Q(
                                ("state__in", ["refused", "taken_back"]),
                                models.Q(("refusal", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="referral_refusal_said",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReferralCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=16)),
                ("is_primary", models.BooleanField(default=True)),
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
                        related_name="referral_codes",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-is_primary", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "code"), name="referral_code_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_primary", True)),
                        fields=("clinic", "customer"),
                        name="referral_code_one_primary",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReferralTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("points_referrer", models.PositiveIntegerField(default=500)),
                ("points_friend", models.PositiveIntegerField(default=200)),
                ("min_paid_minor", models.BigIntegerField(default=0)),
                ("starts_on", models.DateField()),
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
                    models.UniqueConstraint(fields=("clinic",), name="referral_terms_once"),
                    models.CheckConstraint(
                        condition=models.Q(("min_paid_minor__gte", 0)),
                        name="referral_minimum_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Coupon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=16)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "Ready"),
                            ("reserved", "Reserved"),
                            ("used", "Used"),
                            ("revoked", "Revoked"),
                        ],
                        default="ready",
                        max_length=8,
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("desk", "Given at the desk"),
                            ("batch", "Printed"),
                            ("segment", "Given to a segment"),
                            ("campaign", "Campaign"),
                            ("tier", "Tier"),
                            ("birthday", "Birthday"),
                            ("survey", "Survey"),
                            ("pick", "Picked for this customer"),
                            ("member", "Taken by the member"),
                        ],
                        default="desk",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("issue_key", models.CharField(max_length=120)),
                ("issued_at", models.DateTimeField()),
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
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="customers.customer",
                    ),
                ),
                (
                    "issued_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "offer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="loyalty.offer",
                    ),
                ),
            ],
            options={
                "ordering": ["ends_on", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "customer", "state"], name="coupon_of_customer"),
                    models.Index(fields=["clinic", "offer", "issued_at"], name="coupon_of_offer"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "code"), name="coupon_code_once"),
                    models.UniqueConstraint(
                        fields=("clinic", "issue_key"), name="coupon_issued_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EarnRule",
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
                            ("rate", "Points for each unit of money"),
                            ("multiplier", "Times more points"),
                            ("fixed", "Fixed points for doing something"),
                            ("cap", "At most so many points"),
                        ],
                        db_default="rate",
                        default="rate",
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(blank=True, db_default="", max_length=120)),
                ("effective_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                (
                    "points_per_unit",
                    models.DecimalField(db_default=0, decimal_places=3, default=0, max_digits=8),
                ),
                (
                    "multiplier",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=6, null=True),
                ),
                ("points", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "activity",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("event", "Joining an activity"),
                            ("survey", "Answering a survey"),
                            ("review", "Writing a review"),
                            ("referral", "Bringing a friend"),
                            ("profile", "Completing the profile"),
                            ("sharing", "Sharing an experience"),
                            ("result_photo", "Sharing a photo of the result"),
                            ("birthday", "Birthday"),
                        ],
                        db_default="",
                        max_length=16,
                    ),
                ),
                ("most_times_a_year", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "per",
                    models.CharField(
                        blank=True,
                        choices=[("sale", "per sale"), ("day", "per day"), ("month", "per month")],
                        db_default="",
                        max_length=8,
                    ),
                ),
                (
                    "conditions",
                    models.JSONField(
                        blank=True, db_default=models.Value({}, models.JSONField()), default=dict
                    ),
                ),
                ("is_stop", models.BooleanField(db_default=False, default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, null=True)),
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
                    "made_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "replaces",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successors",
                        to="loyalty.earnrule",
                    ),
                ),
                (
                    "programme",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="earn_rules",
                        to="loyalty.programme",
                    ),
                ),
            ],
            options={
                "ordering": ["effective_on", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "programme"], name="earn_rule_of_programme")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replaces__isnull", False)),
                        fields=("clinic", "replaces"),
                        name="earn_rule_replaced_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("points_per_unit__gte", 0)),
                        name="earn_rule_rate_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("multiplier__isnull", True), ("multiplier__gt", 0), _connector="OR"
                        ),
                        name="earn_rule_multiplier_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True),
                            ("until_on__gte", models.F("effective_on")),
                            _connector="OR",
                        ),
                        name="earn_rule_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LadderDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("rules", models.JSONField()),
                ("as_of", models.DateField(null=True)),
                ("forecast", models.JSONField(default=dict)),
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
                    "job",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenancy.job",
                    ),
                ),
                (
                    "made_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "programme",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="loyalty.programme",
                    ),
                ),
            ],
            options={
                "ordering": ["-updated_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["clinic", "programme"], name="ladder_draft_of")],
            },
        ),
        migrations.CreateModel(
            name="OfferHoldback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("held_at", models.DateTimeField()),
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
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "offer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="holdbacks",
                        to="loyalty.offer",
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
                        fields=("clinic", "offer", "customer"), name="offer_holdback_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("rank", models.PositiveSmallIntegerField()),
                ("min_spend_minor", models.BigIntegerField(default=0)),
                ("benefits", models.TextField(blank=True)),
                ("has_priority_booking", models.BooleanField(db_default=False, default=False)),
                ("retired_on", models.DateField(blank=True, null=True)),
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
                    "programme",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tiers",
                        to="loyalty.programme",
                    ),
                ),
            ],
            options={
                "ordering": ["rank", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("retired_on__isnull", True)),
                        fields=("clinic", "programme", "rank"),
                        name="tier_rank_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("retired_on__isnull", True)),
                        fields=("clinic", "programme", "name"),
                        name="tier_name_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("min_spend_minor__gte", 0)),
                        name="tier_threshold_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("balance", models.BigIntegerField(default=0)),
                ("held", models.BigIntegerField(db_default=0, default=0)),
                ("tier_since_on", models.DateField(blank=True, null=True)),
                ("tier_missed_on", models.DateField(blank=True, null=True)),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
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
                        related_name="accounts",
                        to="customers.customer",
                    ),
                ),
                (
                    "programme",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="loyalty.programme",
                    ),
                ),
                (
                    "tier",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="loyalty.tier",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "customer"], name="account_of_customer"),
                    models.Index(fields=["clinic", "tier"], name="account_by_tier"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "programme", "customer"), name="account_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held__gte", 0)), name="account_held_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CouponUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reserved", "Reserved"),
                            ("used", "Used"),
                            ("released", "Let go"),
                            ("restored", "Given back after a refund"),
                        ],
                        max_length=8,
                    ),
                ),
                ("gross_minor", models.BigIntegerField(default=0)),
                ("discount_minor", models.BigIntegerField(default=0)),
                ("discount_back_minor", models.BigIntegerField(default=0)),
                ("sale_source", models.CharField(blank=True, max_length=60)),
                ("sale_external_id", models.CharField(blank=True, max_length=120)),
                ("idempotency_key", models.CharField(max_length=120)),
                ("reserved_until_at", models.DateTimeField(null=True)),
                ("begun_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "actor",
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
                    "coupon",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="loyalty.coupon",
                    ),
                ),
                (
                    "customer",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupon_uses",
                        to="customers.customer",
                    ),
                ),
                (
                    "sale",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupon_uses",
                        to="customers.sale",
                    ),
                ),
                (
                    "offer",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="loyalty.offer",
                    ),
                ),
            ],
            options={
                "ordering": ["-begun_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "customer"], name="coupon_use_of_customer"),
                    models.Index(fields=["clinic", "offer", "used_at"], name="coupon_use_of_offer"),
                    models.Index(
                        condition=models.Q(("sale_external_id", ""), _negated=True),
                        fields=["clinic", "sale_source", "sale_external_id"],
                        name="coupon_use_of_sale",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "idempotency_key"), name="coupon_use_key_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["reserved", "used"])),
                        fields=("clinic", "coupon"),
                        name="coupon_used_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount_back_minor__gte", 0),
                            ("discount_back_minor__lte", models.F("discount_minor")),
                            ("discount_minor__gte", 0),
                            ("discount_minor__lte", models.F("gross_minor")),
                        ),
                        name="coupon_discount_within_basket",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("reserved_until_at__isnull", False),
                                ("state", "reserved"),
                                ("used_at__isnull", True),
                            ),
                            models.Q(("state", "used"), ("used_at__isnull", False)),
                            models.Q(
                                ("ended_at__isnull", False), ("state__in", ["released", "restored"])
                            ),
                            _connector="OR",
                        ),
                        name="coupon_use_has_its_times",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LadderVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("effective_on", models.DateField()),
                ("rules", models.JSONField()),
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
                    "draft",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="loyalty.ladderdraft",
                    ),
                ),
                (
                    "published_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "programme",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ladders",
                        to="loyalty.programme",
                    ),
                ),
            ],
            options={
                "ordering": ["-effective_on", "-number"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "programme", "number"), name="ladder_version_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reward",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("description", models.CharField(blank=True, max_length=300)),
                ("points", models.PositiveIntegerField()),
                ("money_minor", models.BigIntegerField(default=0)),
                ("cost_minor", models.BigIntegerField(default=0)),
                ("stock", models.PositiveIntegerField(blank=True, null=True)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "branch",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rewards",
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
                    "programme",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rewards",
                        to="loyalty.programme",
                    ),
                ),
                (
                    "segment",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="segmentation.segment",
                    ),
                ),
                (
                    "min_tier",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rewards",
                        to="loyalty.tier",
                    ),
                ),
            ],
            options={
                "ordering": ["points", "name", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)),
                        fields=("clinic", "programme", "name"),
                        name="reward_name_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("points__gte", 1)), name="reward_price_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cost_minor__gte", 0), ("money_minor__gte", 0)),
                        name="reward_money_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("ends_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="reward_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Benefit",
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
                            ("discount", "Discount"),
                            ("treatment", "Free treatment"),
                            ("priority", "Priority booking"),
                            ("consultant", "Own consultant"),
                            ("events", "Invitations to events"),
                            ("birthday", "Birthday gift"),
                            ("other", "Something else"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120)),
                (
                    "discount_rate",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=4, null=True),
                ),
                ("times_a_year", models.PositiveSmallIntegerField(default=1)),
                ("cost_minor", models.BigIntegerField(default=0)),
                ("retired_on", models.DateField(blank=True, null=True)),
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
                    "segment",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="segmentation.segment",
                    ),
                ),
                (
                    "treatment",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.treatment",
                    ),
                ),
                (
                    "programme",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="benefits",
                        to="loyalty.programme",
                    ),
                ),
                (
                    "tier",
                    tenancy.models.base.TenantForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rights",
                        to="loyalty.tier",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "programme"], name="benefit_of_programme")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("discount_rate__isnull", True),
                            models.Q(("discount_rate__gt", 0), ("discount_rate__lte", 1)),
                            _connector="OR",
                        ),
                        name="benefit_discount_is_rate",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cost_minor__gte", 0)), name="benefit_cost_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
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
                            ("accrual", "Earned"),
                            ("redemption", "Redeemed"),
                            ("return", "Given back"),
                            ("expiry", "Expired"),
                            ("reversal", "Taken back"),
                            ("adjustment", "Adjusted"),
                            ("transfer", "Transferred"),
                        ],
                        max_length=12,
                    ),
                ),
                ("points", models.BigIntegerField()),
                ("posted_on", models.DateField()),
                ("idempotency_key", models.CharField(max_length=120)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "rules",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), null=True, size=None
                    ),
                ),
                ("lines", models.JSONField(null=True)),
                (
                    "transfer_key",
                    models.CharField(blank=True, db_default="", default="", max_length=120),
                ),
                (
                    "contra",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(kind="accrual", then=models.Value("issued")),
                            models.When(
                                kind__in=["redemption", "return"], then=models.Value("redeemed")
                            ),
                            models.When(kind="expiry", then=models.Value("expired")),
                            models.When(kind="transfer", then=models.Value("transferred")),
                            default=models.Value("adjusted"),
                        ),
                        output_field=models.CharField(
                            choices=[
                                ("issued", "Issued"),
                                ("redeemed", "Redeemed"),
                                ("expired", "Expired"),
                                ("adjusted", "Adjusted"),
                                ("transferred", "Transferred"),
                            ],
                            max_length=12,
                        ),
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="loyalty.account",
                    ),
                ),
                (
                    "actor",
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
                    "sale",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="point_entries",
                        to="customers.sale",
                    ),
                ),
                (
                    "undoes",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="loyalty.ledgerentry",
                    ),
                ),
            ],
            options={
                "ordering": ["-posted_on", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["clinic", "account", "posted_on"], name="ledger_statement"
                    ),
                    models.Index(fields=["clinic", "posted_on", "kind"], name="ledger_by_day"),
                    models.Index(
                        condition=models.Q(("sale__isnull", False)),
                        fields=["clinic", "sale"],
                        name="ledger_of_sale",
                    ),
                    models.Index(
                        condition=models.Q(("undoes__isnull", False)),
                        fields=["clinic", "undoes"],
                        name="ledger_undoing",
                    ),
                    models.Index(
                        condition=models.Q(("transfer_key", ""), _negated=True),
                        fields=["clinic", "transfer_key"],
                        name="ledger_of_transfer",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "idempotency_key"), name="ledger_key_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "accrual"), ("points__gte", 0)),
                            models.Q(("kind", "return"), ("points__gt", 0)),
                            models.Q(
                                ("kind__in", ["redemption", "expiry", "reversal"]),
                                ("points__lte", 0),
                            ),
                            ("kind__in", ["adjustment", "transfer"]),
                            _connector="OR",
                        ),
                        name="ledger_sign_matches_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "return"), ("undoes__isnull", False)),
                            models.Q(
                                models.Q(("kind", "return"), _negated=True),
                                ("undoes__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="ledger_return_undoes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "transfer"), models.Q(("transfer_key", ""), _negated=True)
                            ),
                            models.Q(
                                models.Q(("kind", "transfer"), _negated=True), ("transfer_key", "")
                            ),
                            _connector="OR",
                        ),
                        name="ledger_transfer_has_key",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("points", models.PositiveIntegerField()),
                ("money_minor", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("claimed", "To be handed over"),
                            ("handed_over", "Handed over"),
                            ("undone", "Undone"),
                        ],
                        default="claimed",
                        max_length=12,
                    ),
                ),
                (
                    "door",
                    models.CharField(
                        choices=[
                            ("desk", "At the desk"),
                            ("api", "By API"),
                            ("member", "By the member"),
                        ],
                        default="desk",
                        max_length=8,
                    ),
                ),
                ("code", models.CharField(max_length=16)),
                ("idempotency_key", models.CharField(max_length=120)),
                ("claimed_at", models.DateTimeField()),
                ("handed_over_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="loyalty.account",
                    ),
                ),
                (
                    "branch",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.branch",
                    ),
                ),
                (
                    "claimed_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="customers.customer",
                    ),
                ),
                (
                    "handed_over_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
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
                (
                    "reward",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="loyalty.reward",
                    ),
                ),
            ],
            options={
                "ordering": ["-claimed_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["clinic", "customer", "state"], name="redemption_of_customer"
                    ),
                    models.Index(fields=["clinic", "reward"], name="redemption_of_reward"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "idempotency_key"), name="redemption_key_once"
                    ),
                    models.UniqueConstraint(fields=("clinic", "code"), name="redemption_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("handed_over_at__isnull", True),
                                ("state", "claimed"),
                                ("undone_at__isnull", True),
                            ),
                            models.Q(
                                ("handed_over_at__isnull", False),
                                ("state", "handed_over"),
                                ("undone_at__isnull", True),
                            ),
                            models.Q(("state", "undone"), ("undone_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="redemption_state_has_its_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TierChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("changed_on", models.DateField()),
                ("receipt", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tier_changes",
                        to="loyalty.account",
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
                    "new_tier",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loyalty.tier",
                    ),
                ),
                (
                    "old_tier",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loyalty.tier",
                    ),
                ),
                (
                    "version",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tier_changes",
                        to="loyalty.ladderversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-changed_on", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "account"], name="tier_change_of_account"),
                    models.Index(
                        condition=models.Q(("version__isnull", False)),
                        fields=["clinic", "version"],
                        name="tier_change_by_version",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TierInvitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(blank=True, null=True)),
                ("reason", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="loyalty.account",
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
                    "invited_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "tier",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="loyalty.tier",
                    ),
                ),
            ],
            options={
                "ordering": ["-from_on", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["clinic", "account"], name="tier_invitation_of")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_on__isnull", True),
                            ("until_on__gte", models.F("from_on")),
                            _connector="OR",
                        ),
                        name="tier_invitation_ends_after_start",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Joining",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "through",
                    models.CharField(
                        choices=[
                            ("desk", "At the desk"),
                            ("qr", "QR code"),
                            ("api", "Another system"),
                        ],
                        max_length=8,
                    ),
                ),
                ("joined_on", models.DateField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="joinings",
                        to="loyalty.account",
                    ),
                ),
                (
                    "actor",
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
                "ordering": ["pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "account"), name="joining_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="DraftMove",
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
                        choices=[("rises", "Rises"), ("falls", "Falls"), ("stays", "Stays")],
                        max_length=8,
                    ),
                ),
                ("old_rank", models.SmallIntegerField()),
                ("new_rank", models.SmallIntegerField()),
                ("at_once_rank", models.SmallIntegerField(default=-1)),
                ("old_name", models.CharField(blank=True, max_length=80)),
                ("new_name", models.CharField(blank=True, max_length=80)),
                ("spend_minor", models.BigIntegerField(default=0)),
                ("n_returns", models.PositiveIntegerField(default=0)),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="loyalty.account",
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
                    "draft",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moves",
                        to="loyalty.ladderdraft",
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
                        fields=("clinic", "draft", "account"), name="draft_move_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("points", models.BigIntegerField()),
                ("idempotency_key", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("captured", "Redeemed"),
                            ("released", "Released"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("made_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="loyalty.account",
                    ),
                ),
                (
                    "actor",
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
                    "entry",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="loyalty.ledgerentry",
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["clinic", "account"],
                        name="hold_open",
                    ),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["clinic", "ends_at"],
                        name="hold_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "idempotency_key"), name="hold_key_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("points__gte", 1)), name="hold_points_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("made_at"))),
                        name="hold_ends_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entry__isnull", False), ("state", "captured")),
                            models.Q(
                                models.Q(("state", "captured"), _negated=True),
                                ("entry__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="hold_captured_has_entry",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AdjustmentRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("points", models.BigIntegerField()),
                ("reason", models.CharField(max_length=200)),
                ("idempotency_key", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits for a second person"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to="loyalty.account",
                    ),
                ),
                (
                    "asked_by",
                    tenancy.models.base.TenantForeignKey(
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
                    "decided_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "entry",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loyalty.ledgerentry",
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["clinic", "account"],
                        name="adjustment_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "idempotency_key"), name="adjustment_request_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="adjustment_needs_another_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_by__isnull", True),
                                ("entry__isnull", True),
                                ("state", "waiting"),
                            ),
                            models.Q(
                                ("decided_by__isnull", False),
                                ("entry__isnull", False),
                                ("state", "approved"),
                            ),
                            models.Q(
                                ("decided_by__isnull", False),
                                ("entry__isnull", True),
                                ("state", "refused"),
                            ),
                            _connector="OR",
                        ),
                        name="adjustment_decided_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActivityClaim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=120)),
                ("did_on", models.DateField()),
                ("proof", models.CharField(blank=True, max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                        ],
                        max_length=10,
                    ),
                ),
                ("refusal", models.CharField(blank=True, max_length=200)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="loyalty.account",
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
                    "decided_by",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "rule",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="loyalty.earnrule",
                    ),
                ),
                (
                    "entry",
                    tenancy.models.base.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loyalty.ledgerentry",
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at", "-pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["clinic", "account"], name="activity_claim_of"),
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["clinic", "asked_at"],
                        name="activity_claim_waiting",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "key"), name="activity_claim_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PointLot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("points", models.BigIntegerField()),
                ("remaining", models.BigIntegerField()),
                ("expires_on", models.DateField(null=True)),
                ("available_on", models.DateField(null=True)),
                (
                    "account",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lots",
                        to="loyalty.account",
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
                    "entry",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lots",
                        to="loyalty.ledgerentry",
                    ),
                ),
            ],
            options={
                "ordering": ["expires_on", "pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("remaining__gt", 0)),
                        fields=["clinic", "account", "expires_on"],
                        name="lot_open",
                    ),
                    models.Index(
                        condition=models.Q(("remaining__gt", 0)),
                        fields=["clinic", "expires_on"],
                        name="lot_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "entry"), name="lot_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("remaining__gte", 0), ("remaining__lte", models.F("points"))
                        ),
                        name="lot_never_overspent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LotUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("points", models.BigIntegerField()),
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
                    "entry",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="loyalty.ledgerentry",
                    ),
                ),
                (
                    "lot",
                    tenancy.models.base.TenantForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="loyalty.pointlot",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["clinic", "entry"], name="lot_use_of_entry")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("points", 0), _negated=True),
                        name="lot_use_moves_points",
                    )
                ],
            },
        ),
    ]
