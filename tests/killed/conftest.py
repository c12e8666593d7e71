"""Real processes with a city of their own on disk, so that one can be killed and another can look."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


class City:
    """A data folder and the processes that work in it."""

    def __init__(self, folder: Path, program: str = "tests.killed.child") -> None:
        self.folder, self.program = folder, program

    def start(self, *words: str) -> subprocess.Popen[str]:
        environment = {key: value for key, value in os.environ.items() if key != "TAIHU_DATABASE_URL"}
        environment |= {"TAIHU_DATA": str(self.folder), "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
        return subprocess.Popen(
            [sys.executable, "-m", self.program, *words],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> int:
        """The exit status; minus nine for a process that was killed."""
        process = self.start(*words)
        _out, errors = process.communicate(timeout=240)
        assert process.returncode in (0, -9), errors
        return process.returncode

    def tell(self, what: str) -> dict[str, Any]:
        process = self.start(what)
        out, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        found: dict[str, Any] = json.loads(out)
        return found


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city") / "var"
    folder.mkdir()
    assert City(folder).run("build", "40", "24") == 0
    return folder


@pytest.fixture
def city(built: Path, tmp_path: Path) -> City:
    return City(Path(shutil.copytree(built, tmp_path / "var")))


@pytest.fixture
def whole() -> Callable[[dict[str, Any]], bool]:
    """Every table that an application writes to tells the same number, and the audit chain holds."""

    def check(found: dict[str, Any]) -> bool:
        number = len(found["applications"])
        return found["chain"] and {found[key] for key in ("events", "consents", "disclosures", "audit", "outbox")} == {
            number
        }

    return check
