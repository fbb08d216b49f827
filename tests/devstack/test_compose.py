import os
import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import yaml
from django.core.management import get_commands

from clinic_crm.celery import app as celery_app
from devstack import outside, postgres
from devstack.state import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SETTINGS = (ROOT / "clinic_crm" / "settings.py").read_text()
SECRETS = (
    "SECRET_KEY",
    "HEALTH_KEYS",
    "TOMBSTONE_KEYS",
    "POSTGRES_PASSWORD",
    "OWNER_PASSWORD",
    "APP_PASSWORD",
    "REDIS_PASSWORD",
)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_read_by_the_settings(name):
    unknown = [key for key in OURS[name]["environment"] if f'"{key}"' not in SETTINGS]

    assert unknown == []


def test_commands_exist():
    migrate = OURS["migrate"]["command"]
    assert migrate[:2] == ["python", "manage.py"]
    assert migrate[2] in get_commands()
    for name, part in (("worker", "worker"), ("sender", "worker"), ("beat", "beat")):
        command = OURS[name]["command"]
        assert command[:4] == ["celery", "-A", celery_app.main, part]


def test_worker_listens_to_every_queue_the_project_has():
    command = OURS["worker"]["command"]
    listened = set(command[command.index("-Q") + 1].split(","))

    assert listened == {queue.name for queue in celery_app.conf.task_queues}


def test_one_process_does_nothing_but_send():
    command = OURS["sender"]["command"]

    assert command[command.index("-Q") + 1] == "send"


def test_image_serves_the_wsgi_application():
    dockerfile = (ROOT / "Dockerfile").read_text()
    command = re.search(r"^CMD (\[.*?\])$", dockerfile, re.MULTILINE | re.DOTALL)[1]

    assert '"gunicorn", "clinic_crm.wsgi"' in command
    for source in re.findall(r"^COPY (?!--from)(\S+)", dockerfile, re.MULTILINE):
        assert (ROOT / source).exists(), source


def test_only_the_migration_sees_the_owner():
    with_owner = [
        name
        for name, service in OURS.items()
        if "OWNER" in str(service["environment"]) or "clinic_owner" in str(service["environment"])
    ]

    assert with_owner == ["migrate"]


def test_every_service_is_watched_and_waits_for_the_migration():
    assert [name for name, each in SERVICES.items() if "healthcheck" not in each] == ["migrate"]
    for name in set(OURS) - {"migrate"}:
        waits = OURS[name]["depends_on"]["migrate"]["condition"]
        assert waits == "service_completed_successfully"


def test_volumes_are_declared():
    named = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
    }
    files = {name for name in named if name.startswith(".")}

    assert named - files == set(COMPOSE["volumes"])
    assert all((ROOT / name).exists() for name in files)


def test_no_secret_is_in_the_file():
    text = (ROOT / "docker-compose.yml").read_text()
    for name in SECRETS:
        assert re.search(rf"\$\{{{name}:\?[^}}]+\}}", text), f"{name} is not asked for"
    passwords = [urlsplit(url).password for url in re.findall(r"\w+://[^@\s]*@\S+", text)]
    written = [word for word in passwords if word and not word.startswith(("$", "password"))]
    assert written == []


@pytest.mark.parametrize("command", [["docker", "compose"], ["docker-compose"]])
def test_compose_itself_accepts_the_file(command):
    if (
        not shutil.which(command[0])
        or subprocess.run([*command, "version"], capture_output=True).returncode
    ):
        pytest.skip(f"{' '.join(command)} is not here")
    variables = dict.fromkeys((*SECRETS, "ALLOWED_HOSTS"), "x")
    variables |= {"PUBLIC_URL": "https://crm.example", "EMAIL_URL": "smtp://mail.example:25"}

    result = subprocess.run(
        [*command, "config"], cwd=ROOT, env=os.environ | variables, capture_output=True, text=True
    )

    assert result.returncode == 0, result.stderr
    assert set(yaml.safe_load(result.stdout)["services"]) == set(SERVICES)


@pytest.mark.parametrize("path", ["Dockerfile", "devstack/up.py"])
def test_web_server_keeps_no_addresses_with_what_people_search_for(path):
    text = (ROOT / path).read_text()
    assert '"gunicorn"' in text
    assert "access-log" not in text


def test_script_makes_the_restricted_roles(bootstrap_url, server_state):
    """The real script against a real server, in a database of its own, then undone."""
    script = (ROOT / "docker" / "make_roles.sh").read_text()
    renamed = script.replace("clinic_owner", "made_owner").replace("clinic_app", "made_app")
    with outside.scratch_database(bootstrap_url) as database:
        parts = urlsplit(bootstrap_url)
        psql_folder = postgres._binaries(server_state, postgres.account())
        subprocess.run(
            ["bash", "-c", renamed],
            env={
                "PATH": f"{psql_folder}:{os.environ['PATH']}",
                "PGHOST": "127.0.0.1",
                "PGPORT": str(parts.port),
                "PGPASSWORD": parts.password,
                "POSTGRES_DB": database,
                "OWNER_PASSWORD": "o'wner",
                "APP_PASSWORD": "app",
            },
            check=True,
            timeout=20,
        )
        with closing(psycopg2.connect(outside.of_database(bootstrap_url, database))) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(
                "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb FROM pg_roles "
                "WHERE rolname LIKE 'made%' ORDER BY rolname"
            )
            assert cursor.fetchall() == [
                ("made_app", False, False, False),
                ("made_owner", False, False, True),
            ]
            cursor.execute(
                "SELECT r.rolname, unnest(setconfig) FROM pg_db_role_setting"
                " JOIN pg_roles r ON r.oid = setrole WHERE rolname LIKE 'made%'"
            )
            assert set(cursor.fetchall()) == {
                (role, f"{name}={value}")
                for role in ("made_app", "made_owner")
                for name, value in postgres.LOGGED.items()
            }
            cursor.execute(
                "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
            )
            assert cursor.fetchone() == ("made_owner",)
    with closing(psycopg2.connect(bootstrap_url)) as connection:
        connection.autocommit = True
        connection.cursor().execute("DROP ROLE made_owner, made_app")


def test_script_can_be_run_by_the_image():
    assert Path(ROOT, "docker", "make_roles.sh").stat().st_mode & 0o111
