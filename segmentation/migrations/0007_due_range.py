from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segmentation", "0006_reason_arrays"),
    ]

    operations = [
        migrations.AddField(
            model_name="customerscore",
            name="next_due_from_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="customerscore",
            name="next_due_until_on",
            field=models.DateField(null=True),
        ),
    ]
