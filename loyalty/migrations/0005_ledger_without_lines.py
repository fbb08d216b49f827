from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0004_offer_occasion"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="ledgerentry",
            name="lines",
        ),
    ]
