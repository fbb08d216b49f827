from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_message_fillfactor")]

    operations = [
        migrations.AddField(
            model_name="sendingrules",
            name="staff_hour_minor",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
