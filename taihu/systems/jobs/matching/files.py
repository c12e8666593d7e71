"""The large arrays of a run (edges, probabilities, slates) as files in the data folder, written whole or not at all."""

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused

KEEP_RUNS = 3


def runs_folder() -> Path:
    folder = Path(settings.DATA_FOLDER) / "runs"
    folder.mkdir(exist_ok=True)
    return folder


def run_folder(run_id: int) -> Path:
    folder = runs_folder() / str(run_id)
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def only_run() -> Iterator[None]:
    """One match at a time on a node; the lock goes with the process, however it ends."""
    with (runs_folder() / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused("match_running", _("另一次匹配正在进行。"), _("请等它结束后再试。")) from None
        yield


def save_stage(run_id: int, stage: str, arrays: Mapping[str, npt.NDArray[Any]], note: Mapping[str, Any]) -> None:
    """A stage exists only when its folder has its final name."""
    final = run_folder(run_id) / stage
    draft = final.with_name(f"{stage}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for name, array in arrays.items():
        np.save(draft / f"{name}.npy", array)
    (draft / "note.json").write_text(json.dumps(dict(note)), encoding="utf-8")
    shutil.rmtree(final, ignore_errors=True)
    draft.replace(final)


def read_note(run_id: int, stage: str) -> dict[str, Any] | None:
    path = run_folder(run_id) / stage / "note.json"
    if not path.exists():
        return None
    note: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return note


def read_stage(run_id: int, stage: str) -> dict[str, npt.NDArray[Any]]:
    """Arrays of a finished stage, mapped from disk; Refused when the run's files were cleaned up."""
    folder = run_folder(run_id) / stage
    if not folder.is_dir():
        raise Refused("run_files_gone", _("这次匹配的明细文件已清理。"), _("请查看最近几次匹配，或重新运行。"))
    return {path.stem: np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))}


def drop_old_runs(keep: set[int]) -> None:
    for folder in runs_folder().iterdir():
        if folder.is_dir() and folder.name.isdigit() and int(folder.name) not in keep:
            shutil.rmtree(folder)
