import os
import tempfile
from pathlib import Path

import pytest

from devstack import throwaway
from devstack.state import State


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_nothing_is_left_even_when_the_run_fails(tmp_path):
    home = State(tmp_path / "home")
    with pytest.raises(RuntimeError), throwaway.stack({}, home) as settings:
        folder = Path(settings["MEDIA_ROOT"]).parent
        data = State(folder).section("postgres").get("folder", folder / "postgres")
        assert Path(data).exists()
        raise RuntimeError

    assert not folder.exists()
    assert not Path(data).exists()


def test_sweep_removes_what_nobody_holds_and_spares_the_rest(tmp_path):
    with throwaway._folder() as held:
        left = tmp_path / f"{throwaway.PREFIX}left"
        young = tmp_path / f"{throwaway.PREFIX}young"
        for folder in (left, young):
            folder.mkdir()
        for folder in (left, held):
            os.utime(folder, (0, 0))

        throwaway.sweep()

        assert (left.exists(), young.exists(), held.exists()) == (False, True, True)
