"""What is usual: one Celery task a recipient, over the broker, composed by Django's mail classes.

    celery -A bench._one_task_each worker      # started by `reference`; needs the bench's stack

Each task reads its message, asks for consent and suppression, fills in the words, sends over a
connection of its process, writes the state. No more is asked of it: no gates, no caps, no intent
before the call, no timeline.
"""

import os
import subprocess
import sys
import time

import bench._django  # noqa: F401  isort: skip

from celery import Celery
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template import Context, Template
from django.utils import timezone

from campaigns.models import Message, Suppression
from customers.models import Consent
from tenancy.scope import clinic_scope

QUEUE = "one_task_each"
LONGEST = 30.0  # seconds; what was sent by then counts
app = Celery("one_task_each", broker=settings.CELERY_BROKER_URL)
app.conf.update(task_default_queue=QUEUE, worker_prefetch_multiplier=4, task_ignore_result=True)
_lines: list = []


@app.task(name="bench.send_one")
def send_one(clinic_id: int, message_id: int, port: int) -> None:
    with clinic_scope(clinic_id):
        message = Message.objects.select_related("campaign", "customer").get(pk=message_id)
        yes = Consent.objects.filter(
            customer=message.customer, purpose="marketing", channel="email",
            withdrawn_at__isnull=True,
        )  # fmt: skip
        no = Suppression.objects.filter(channel="email", address=message.address)
        if message.state != "queued" or not yes.exists() or no.exists():
            return
        _mail(message, port).send()
        message.state, message.sent_at = "sent", timezone.now()
        message.save(update_fields=["state", "sent_at"])


def _mail(message: Message, port: int) -> EmailMultiAlternatives:
    if not _lines:
        _lines.append(
            get_connection(
                "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port
            )
        )
        _lines[0].open()
    name = message.customer.name
    words = Context({"first_name": name, "salutation": name, "clinic_name": "Bench Clinic"})
    body = Template(message.campaign.body).render(words)
    mail = EmailMultiAlternatives(
        Template(message.campaign.subject).render(words), body, "a@clinic.example",
        [message.address], connection=_lines[0],
    )  # fmt: skip
    mail.attach_alternative(f"<html><body><p>{body}</p></body></html>", "text/html")
    return mail


def reference(clinic_id: int, campaign_id: int, *, port: int, n_workers: int) -> float:
    """Messages a second, from the first task asked for to the last message sent, at most 30 s."""
    command = [sys.executable, "-m", "celery", "-A", "bench._one_task_each", "worker",
               "-c", str(n_workers), "-Q", QUEUE, "-l", "error", "--without-gossip",
               "--without-mingle"]  # fmt: skip
    with clinic_scope(clinic_id):
        queued = Message.objects.filter(campaign=campaign_id, state="queued")
        ids = list(queued.values_list("pk", flat=True))
    send_one.delay(clinic_id, ids[0], port)  # the worker has started when this one is sent
    worker = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)
    try:
        if _left(clinic_id, campaign_id, until=len(ids) - 1, seconds=60) == len(ids):
            sys.exit("the Celery worker did not send")
        began = time.perf_counter()
        for pk in ids[1:]:
            send_one.delay(clinic_id, pk, port)
        left = _left(clinic_id, campaign_id, until=len(ids) // 50, seconds=LONGEST)  # no stragglers
        if left > len(ids) // 50:
            sys.exit(f"{left} of {len(ids)} tasks did not send in {LONGEST:.0f} s")
        return (len(ids) - 1 - left) / (time.perf_counter() - began)
    finally:
        worker.terminate()
        worker.wait(30)


def _left(clinic_id: int, campaign_id: int, *, until: int, seconds: float) -> int:
    """Messages that still wait, once only so many do or so long has passed."""
    end = time.monotonic() + seconds
    while True:
        with clinic_scope(clinic_id):
            left = Message.objects.filter(campaign=campaign_id, state="queued").count()
        if left <= until or time.monotonic() > end:
            return left
        time.sleep(0.1)
