"""The settings the project reads, as `./dev` fills them in. docs/operations.md explains each."""

from collections.abc import Mapping

from devstack.servers import Servers
from devstack.state import State

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


def of_demo(
    outer: Mapping[str, str], state: State, running: Servers, *, public_url: str, email_url: str
) -> dict[str, str]:
    """For `./dev up` and `./dev manage`. What the caller's environment sets, wins."""
    defaults = ONE_THREAD | {
        "SECRET_KEY": state.secret("secret-key"),
        "HEALTH_KEYS": state.secret("health-key"),
        "TOMBSTONE_KEYS": state.secret("tombstone-key"),
        "DEBUG": "0",
        "DEMO": "1",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
        "PUBLIC_URL": public_url,
        "CSRF_TRUSTED_ORIGINS": public_url,
        "EMAIL_URL": email_url,
        "MAILBOX_DIR": str(state.folder / "mail"),
        "MEDIA_ROOT": str(state.subfolder("media")),
    }
    return defaults | dict(outer) | running.environment()


def of_tests(outer: Mapping[str, str], state: State, running: Servers) -> dict[str, str]:
    """For tests, checks and benchmarks: nothing of the caller's settings leaks in but servers."""
    fixed = ONE_THREAD | {
        "SECRET_KEY": state.secret("secret-key"),
        "HEALTH_KEYS": state.secret("health-key"),
        "TOMBSTONE_KEYS": state.secret("tombstone-key"),
        "DEBUG": "0",
        "DEMO": "0",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "CSRF_TRUSTED_ORIGINS": "http://127.0.0.1:8000",
        "EMAIL_URL": "smtp://127.0.0.1:1",  # nobody listens there: no test mails anyone
        "MAILBOX_DIR": str(state.folder / "mail"),
        "MEDIA_ROOT": str(state.subfolder("media")),
    }
    settings = dict(outer) | fixed | running.environment()
    settings.pop("DJANGO_SETTINGS_MODULE", None)  # pytest has its own in pyproject.toml
    return settings
