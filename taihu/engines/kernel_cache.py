"""Where compiled kernels are kept between processes.

A kernel compiles in the constants and the kernels of other files, but numba asks only the kernel's own file whether it
changed. Each state of the sources beside the kernels therefore has a folder of its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

ENGINES = Path(__file__).parent
BESIDE = ENGINES / "__pycache__"
PREFIX = "kernels-"


def use_kernel_cache(folder: str | Path) -> None:
    """Keep compiled kernels in ``folder`` (made if need be).

    Call it before the first matching. Without it, the environment variable ``NUMBA_CACHE_DIR`` decides, then the
    folder of the package when it can be written, then a folder of the current user's cache (``XDG_CACHE_HOME``), then one
    under the system's temporary folder.
    """
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    os.environ["NUMBA_CACHE_DIR"] = str(path)
    if "numba" in sys.modules:
        sys.modules["numba"].config.CACHE_DIR = str(path)


def choose_kernel_cache(*instead: Path) -> None:
    """Choose a writable folder before numba is imported; ``instead`` are the first to try where the package's is not."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    if _can_write(BESIDE):
        use_kernel_cache(BESIDE / _state())
        return
    for folder in (*instead, *_own_folders()):
        if _is_private(folder):
            use_kernel_cache(folder / _state())
            return
    use_kernel_cache(tempfile.mkdtemp(prefix="taihu-kernels-"))


def drop_old_kernels() -> None:
    """Forget what was compiled of earlier states of the sources; at installation, when no process needs them."""
    now = Path(os.environ["NUMBA_CACHE_DIR"])
    if not now.name.startswith(PREFIX):
        return  # a folder that somebody else chose, with neighbours that are not ours
    for folder in now.parent.glob(f"{PREFIX}*"):
        if folder != now:
            shutil.rmtree(folder, ignore_errors=True)


def _state() -> str:
    found = hashlib.sha256()
    folders = {path.parent for path in ENGINES.rglob("*_kernels.py")}
    for path in sorted(path for folder in folders for path in folder.glob("*.py")):
        found.update(path.read_bytes())
    return PREFIX + found.hexdigest()[:16]


def _can_write(folder: Path) -> bool:
    return os.access(folder if folder.exists() else folder.parent, os.W_OK)


def _own_folders() -> list[Path]:
    """Folders for a cache when the installation cannot be written, best first."""
    owner = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    home = os.environ.get("XDG_CACHE_HOME") or (Path.home() / ".cache" if "HOME" in os.environ else None)
    folders = [Path(tempfile.gettempdir()) / f"taihu-kernels-{owner}"]
    return [Path(home) / "taihu-kernels", *folders] if home else folders


def _is_private(folder: Path) -> bool:
    """Make the folder if need be; false unless it is ours alone, because a compiled kernel is code that will be run."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except OSError:
        return False
    ours = not hasattr(os, "getuid") or state.st_uid == os.getuid()
    return ours and not state.st_mode & stat.S_IWOTH and os.access(folder, os.W_OK)
