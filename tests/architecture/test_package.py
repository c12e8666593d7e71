"""What a wheel carries, and under which terms the libraries come that it needs."""

import subprocess
from pathlib import Path

import pytest
from setuptools import Distribution

ROOT = Path(__file__).resolve().parents[2]


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
