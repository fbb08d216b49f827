import django.db.models.deletion
from django.db import migrations, models

import tenancy.models.base


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0004_feed"),
        ("loyalty", "0003_spend_in_one_call"),
        ("segmentation", "0001_initial"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="offer",
            name="days_before",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="offer",
            name="occasion",
            field=models.CharField(
                blank=True,
                choices=[
                    ("birthday", "For the birthday"),
                    ("tier", "For reaching a tier"),
                    ("survey", "For answering a survey"),
                ],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="offer",
            name="occasion_tier",
            field=tenancy.models.base.TenantForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="loyalty.tier",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("occasion", ""), ("code", ""), _connector="OR"),
                name="offer_of_an_occasion_has_own_codes",
            ),
        ),
    ]
