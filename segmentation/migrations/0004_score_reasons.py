from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segmentation", "0003_segment_members"),
    ]

    operations = [
        migrations.AddField(
            model_name="customerscore",
            name="reasons",
            field=models.JSONField(null=True),
        ),
    ]
