"""What a wheel carries, and under which terms the libraries come that it needs."""

import re
import subprocess
from importlib.metadata import metadata, packages_distributions
from pathlib import Path

import pytest
from setuptools import Distribution

ROOT = Path(__file__).resolve().parents[2]
UNNAMED = {"psycopg", "setuptools"}  # Django loads the one; the other builds and installs the package


@pytest.mark.once
def test_a_wheel_carries_every_file_of_the_package(monkeypatch):
    monkeypatch.chdir(ROOT)
    distribution = Distribution({"script_name": "setup.py"})
    distribution.parse_config_files()
    distribution.include_package_data = False  # or it writes a manifest into the tree
    build = distribution.get_command_obj("build_py")
    build.ensure_finalized()
    data = {Path(source, name).as_posix() for _, source, _, names in build.data_files for name in names}
    tracked = subprocess.run(["git", "ls-files", "taihu"], capture_output=True, text=True, check=True).stdout

    assert set(tracked.split()) - set(build.get_source_files()) - data == set()


def libraries(name: str) -> set[str]:
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    return {re.split(r"[^\w.-]", line)[0].lower() for line in lines if re.match(r"[a-zA-Z]", line)}


@pytest.mark.once
def test_every_library_of_the_running_system_is_used():
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "taihu").rglob("*.py"))
    named = set(re.findall(r"(?:^\s*(?:import|from) |\")(\w+)", text, re.MULTILINE))
    used = {of.lower() for module, owners in packages_distributions().items() if module in named for of in owners}

    assert libraries("run.in") - used == UNNAMED


@pytest.mark.once
def test_no_library_of_the_running_system_binds_the_city_to_the_gpl():
    bound = set()
    for name in libraries("run.txt") - {"colorama"}:  # colorama is for Windows only
        told = metadata(name)
        terms = (told.get("License") or "").partition("\n")[0]  # its first line: some give the whole text
        words = " ".join([*(told.get_all("Classifier") or []), told.get("License-Expression") or "", terms])
        if re.search(r"(?<!L)GPL|(?<!Lesser )General Public", words, re.IGNORECASE):
            bound.add(name)

    assert bound == set()
