from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segmentation", "0004_score_reasons"),
    ]

    operations = [
        migrations.AddField(
            model_name="scorerun",
            name="is_held",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="scorerun",
            constraint=models.CheckConstraint(
                name="score_run_held_is_not_current",
                condition=models.Q(("is_held", False), ("is_current", False), _connector="OR"),
            ),
        ),
    ]
