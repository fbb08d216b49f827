from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_import_problem_params"),
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["clinic", "updated_at", "id"], name="customer_by_change"),
        ),
    ]
