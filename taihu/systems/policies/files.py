"""The facts of a run as files in the data folder: what lets a killed run go on, and an editor try a draft on the city."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused

KEEP_RUNS = 2


def runs_folder() -> Path:
    folder = Path(settings.DATA_FOLDER) / "policy-runs"
    folder.mkdir(exist_ok=True)
    return folder


def facts_folder(run_id: int) -> Path:
    return runs_folder() / str(run_id)


@contextmanager
def only_run() -> Iterator[None]:
    """One evaluation at a time on a node; the lock goes with the process, however it ends."""
    with (runs_folder() / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused("policy_run_running", _("另一次核算正在进行。"), _("请等它结束后再试。")) from None
        yield


def drop_old_facts(keep: set[int]) -> None:
    for folder in runs_folder().iterdir():
        if folder.is_dir() and folder.name.isdigit() and int(folder.name) not in keep:
            shutil.rmtree(folder)
