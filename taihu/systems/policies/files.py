"""The facts of a run as files in the data folder: what lets a killed run go on, and an editor try a draft on the city."""

import fcntl
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused
from taihu.systems.policies.models import PolicyRun

KEEP_RUNS = 2


def runs_folder() -> Path:
    folder = Path(settings.DATA_FOLDER) / "policy-runs"
    folder.mkdir(exist_ok=True)
    return folder


def facts_folder(run: PolicyRun) -> Path:
    """Of this run of this database: numbers alone would come again after a restore."""
    return runs_folder() / f"{run.pk}-{run.token}"


@contextmanager
def only_run() -> Iterator[None]:
    """One evaluation at a time on a node; the lock goes with the process, however it ends."""
    with (runs_folder() / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused("policy_run_running", _("另一次核算正在进行。"), _("请等它结束后再试。")) from None
        yield


def drop_old_facts(keep: Iterable[PolicyRun]) -> None:
    kept = {facts_folder(run).name for run in keep}
    for folder in runs_folder().iterdir():
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder)
