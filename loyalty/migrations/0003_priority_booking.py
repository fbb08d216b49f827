from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0002_retire_tiers")]

    operations = [
        migrations.AddField(
            model_name="tier",
            name="has_priority_booking",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
