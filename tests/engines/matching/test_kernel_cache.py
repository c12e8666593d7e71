"""Compiled kernels are kept, also where the installation cannot be written."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from taihu.engines import kernel_cache

ROOT = Path(__file__).parents[3]
MATCH = """
import os
from taihu.engines import matching as m
from taihu.engines.matching import selection_kernels
market = m.Market.from_records(people=[{"id": 1, "skills": "a"}], openings=[{"id": 2, "skills": "a"}])
loads = selection_kernels.cut_all
edges = m.candidates(market)
print(os.environ.get("NUMBA_CACHE_DIR"), m.__file__, sum(loads.stats.cache_hits.values()), edges.opening.tolist())
"""


def obey_permissions() -> None:
    """Take the right to write everywhere from a child of root (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


def match(installation: Path, home: Path) -> list[str]:
    """Match in a fresh process that may not write to the installation: cache folder, package, kernels loaded, result."""
    clean = {name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-c", MATCH], cwd=installation, env={**clean, "HOME": str(home), "TMPDIR": str(home)},
        capture_output=True, text=True, check=False, preexec_fn=obey_permissions,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes rights away the way Linux does")
def test_a_read_only_installation_keeps_its_kernels_with_the_user(tmp_path: Path) -> None:
    installation, home = tmp_path / "installed", tmp_path / "home"
    home.mkdir()
    engines = installation / "taihu" / "engines"
    shutil.copytree(ROOT / "taihu" / "engines" / "matching", engines / "matching",
                    ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    for module in ("kernels.py", "kernel_cache.py"):
        shutil.copy(ROOT / "taihu" / "engines" / module, engines)
    for package in ("taihu", "taihu/engines"):
        (installation / package / "__init__.py").touch()
    for folder in [installation, *(path for path in installation.rglob("*") if path.is_dir())]:
        folder.chmod(0o555)
    before = sorted(path for path in installation.rglob("*"))

    first, second = match(installation, home), match(installation, home)

    (cache,) = map(str, (home / ".cache" / "taihu-kernels").iterdir())
    package = str(installation / "taihu" / "engines" / "matching" / "__init__.py")
    assert first == [cache, package, "0", "[0]"]
    assert second == [cache, package, "1", "[0]"]
    assert sorted(path for path in installation.rglob("*")) == before


def test_a_cache_that_others_can_write_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_to_all = tmp_path / "taihu-kernels"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)

    assert not kernel_cache._is_private(open_to_all)
    assert kernel_cache._is_private(tmp_path / "mine" / "taihu-kernels")


def test_nothing_is_dropped_beside_a_folder_that_somebody_else_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, neighbour = tmp_path / "numba", tmp_path / "kernels-of-another"
    chosen.mkdir()
    neighbour.mkdir()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(chosen))

    kernel_cache.drop_old_kernels()

    assert sorted(tmp_path.iterdir()) == [neighbour, chosen]


def test_a_changed_source_has_a_cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engines = tmp_path / "engines"
    (engines / "matching").mkdir(parents=True)
    (engines / "matching" / "some_kernels.py").touch()
    (engines / "matching" / "scores.py").write_text("SHIFT = 32\n")
    monkeypatch.setattr(kernel_cache, "ENGINES", engines)
    monkeypatch.setattr(kernel_cache, "BESIDE", engines / "__pycache__")

    def chosen() -> Path:
        monkeypatch.delenv("NUMBA_CACHE_DIR")
        kernel_cache.choose_kernel_cache()
        return Path(os.environ["NUMBA_CACHE_DIR"])

    import numba

    monkeypatch.setattr(numba.config, "CACHE_DIR", numba.config.CACHE_DIR)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    before, again = chosen(), chosen()
    (engines / "matching" / "scores.py").write_text("SHIFT = 33\n")
    after = chosen()
    kernel_cache.drop_old_kernels()

    assert before == again != after
    assert [*(engines / "__pycache__").iterdir()] == [after]
