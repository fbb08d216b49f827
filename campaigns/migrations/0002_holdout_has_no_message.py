"""The database itself refuses a message to somebody held out.

A message carries the arm of its enrolment: the key below proves that it is the enrolment's own, the
constraint `message_never_to_holdout` that it is `treated`. Checked at once, not at commit.
"""

from django.db import migrations

ADD = """
ALTER TABLE campaigns_message ADD CONSTRAINT message_arm_is_its_enrolments
FOREIGN KEY (clinic_id, enrolment_id, arm) REFERENCES campaigns_enrolment (clinic_id, id, arm)
"""
DROP = "ALTER TABLE campaigns_message DROP CONSTRAINT message_arm_is_its_enrolments"


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]

    operations = [migrations.RunSQL(ADD, reverse_sql=DROP)]
