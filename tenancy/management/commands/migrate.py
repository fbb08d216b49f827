"""Django's `migrate`, with a new model rendered alone.

For each of some hundred models that a first migration creates, Django renders again every model
that can be reached from it, which in this schema is nearly all of them: ten seconds of a first
start. Nobody points at a model that was just created, so rendering it alone ends in the same
tables (the dumps of both ways are equal).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.commands import migrate
from django.db.migrations.state import ModelState, ProjectState


class Command(migrate.Command):
    def handle(self, *args, **options) -> None:
        with new_models_rendered_alone():
            super().handle(*args, **options)


@contextmanager
def new_models_rendered_alone() -> Iterator[None]:
    usual = ProjectState.add_model

    def add_model(self: ProjectState, model_state: ModelState) -> None:
        apps = self.__dict__.pop("apps", None)  # without it, the usual way renders nothing
        usual(self, model_state)
        if apps is not None:
            self.apps = apps
            apps.render_multiple([model_state])

    ProjectState.add_model = add_model
    try:
        yield
    finally:
        ProjectState.add_model = usual
