import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segmentation", "0002_scores_without_stage_index"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptSales",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("known_on", models.DateField()),
                ("database_id", models.BigIntegerField()),
                ("seen_below", models.BigIntegerField()),
                ("columns", models.BinaryField()),
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
                    models.UniqueConstraint(fields=("clinic",), name="kept_sales_once")
                ],
            },
        ),
        # Packed already; to press a megabyte of numbers again takes longer than to write it.
        migrations.RunSQL(
            "ALTER TABLE segmentation_keptsales ALTER COLUMN columns SET STORAGE EXTERNAL",
            migrations.RunSQL.noop,
        ),
    ]
