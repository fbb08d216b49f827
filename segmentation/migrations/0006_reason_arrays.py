import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segmentation", "0005_held_runs"),
    ]

    operations = [
        migrations.RemoveField(model_name="customerscore", name="reasons"),
        migrations.AddField(
            model_name="customerscore",
            name="reason_points",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SmallIntegerField(), null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="customerscore",
            name="reason_facts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), null=True, size=None
            ),
        ),
    ]
