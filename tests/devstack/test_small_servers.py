import mailbox
import smtplib

import redis

from devstack import mail_sink, processes, valkey
from devstack.state import State


def test_mail_arrives_in_the_maildir_with_its_envelope(tmp_path):
    state = State(tmp_path / "dev")
    child, url = mail_sink.start(state, state.folder / "mail")
    try:
        with smtplib.SMTP("127.0.0.1", int(url.rpartition(":")[2]), timeout=10) as client:
            client.sendmail("crm@clinic.example", ["li@home.example"], "Subject: Hello\n\nLi Na\n")
    finally:
        child.stop()

    (mail,) = mailbox.Maildir(state.folder / "mail")
    assert (mail["Subject"], mail["X-RcptTo"]) == ("Hello", "li@home.example")
    assert child.process.returncode == 0


def test_broker_asks_for_its_password_and_keeps_nothing(tmp_path):
    state = State(tmp_path / "dev")
    broker = valkey.start(state)
    try:
        with redis.Redis.from_url(broker.url) as client:
            assert client.ping()
            assert client.config_get("save") == {"save": ""}
        port = int(broker.url.rpartition(":")[2].partition("/")[0])
        with redis.Redis("127.0.0.1", port, protocol=2, retry=None) as stranger:
            try:
                stranger.ping()
            except redis.AuthenticationError as refusal:
                assert "Authentication required" in str(refusal)
            else:
                raise AssertionError("a stranger was let in")
    finally:
        broker.child.stop()
    assert processes.tail(state.logs / "valkey.log").count("ready to exit") == 1
