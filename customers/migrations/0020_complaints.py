from django.db import migrations, models

KINDS = [
    "site_visit",
    "message",
    "call",
    "social_like",
    "social_comment",
    "social_share",
    "service_conversation",
    "complaint",
]


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0019_import_kinds"),
    ]

    operations = [
        migrations.AlterField(
            model_name="interaction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("site_visit", "Looked at our site"),
                    ("message", "Message"),
                    ("call", "Call"),
                    ("social_like", "Liked a post"),
                    ("social_comment", "Commented on a post"),
                    ("social_share", "Shared a post"),
                    ("service_conversation", "Talk with customer service"),
                    ("complaint", "Complaint"),
                ],
                max_length=24,
            ),
        ),
        migrations.RemoveConstraint(model_name="interaction", name="interaction_kind_known"),
        migrations.AddConstraint(
            model_name="interaction",
            constraint=models.CheckConstraint(
                name="interaction_kind_known",
                condition=models.Q(kind__in=KINDS, direction__in=["in", "out"]),
            ),
        ),
    ]
