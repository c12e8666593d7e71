"""Import openings from a file: ask for it, do it in chunks that survive a kill, decide about rows that were held."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines.tables import Table, TableError, open_table
from taihu.engines.tables.contents import inspect
from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.identity.models import Account, Organisation
from taihu.records.identity.permissions import can_recruit_for, is_officer
from taihu.systems.jobs.enums import BatchState
from taihu.systems.jobs.events import ImportRequested, OpeningsImported
from taihu.systems.jobs.imports.mapping import JobMapping, mapping_text, read_mapping, shipped_text
from taihu.systems.jobs.imports.own import OwnWriter
from taihu.systems.jobs.imports.tally import Tally
from taihu.systems.jobs.imports.task import task_of
from taihu.systems.jobs.imports.wording import refuse_table
from taihu.systems.jobs.imports.workers import understood
from taihu.systems.jobs.imports.writing import CitedWriter
from taihu.systems.jobs.models import ImportBatch

Progress = Callable[[ImportBatch], None]


def _no_progress(batch: ImportBatch) -> None:
    """Nobody watches."""


def request_import(
    *,
    acting_user: Account,
    at: datetime,
    upload: "UploadedFile[Any]",
    mapping: str,
    own_mapping: str = "",
    source: str = "",
    organisation: Organisation | None = None,
    publishes: bool = False,
    waits: bool = False,
) -> ImportBatch:
    """Take an uploaded file; a worker imports it (`perform_import`), with `waits` only once `start_import` says so.

    `mapping` names a shipped mapping; `own_mapping` is the text of another one, in its place. With an organisation the
    file brings that employer's own openings, as drafts or, with `publishes`, published where they are complete and
    clean. Without one it is an officer's and cites a source.
    """
    _check_right(acting_user, organisation, at)
    text = own_mapping or shipped_text(mapping)
    found = _usable_mapping(text, mapping, source, organisation)
    digest = _check_upload(upload)
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            file_name=(upload.name or "file")[:200],
            file=upload,
            digest=digest,
            mapping=found.name,
            mapping_text=text,
            source="" if organisation else (source or found.source)[:60],
            organisation=organisation,
            started_by=acting_user,
            started_at=at,
            state=BatchState.UPLOADED if waits else BatchState.WAITING,
            report={"publishes": publishes},
        )
        if not waits:
            publish(ImportRequested(batch_id=batch.pk), at=at)
        _record(batch, "import.requested", at=at)
    return batch


@transaction.atomic
def start_import(*, acting_user: Account, at: datetime, batch: ImportBatch, publishes: bool) -> ImportBatch:
    """The preview was looked at: let a worker import the file."""
    _check_right(acting_user, batch.organisation, at)
    waiting = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.UPLOADED)
    values = {"state": BatchState.WAITING, "started_by": acting_user, "started_at": at}
    if not waiting.update(report={**batch.report, "publishes": publishes}, **values):
        raise Refused("import_started", _("这个文件已经在导入，或已经放弃。"), _("请刷新页面。"))
    batch.refresh_from_db()
    publish(ImportRequested(batch_id=batch.pk), at=at)
    _record(batch, "import.started", at=at)
    return batch


@transaction.atomic
def drop_import(*, acting_user: Account, at: datetime, batch: ImportBatch) -> None:
    """Throw away an uploaded file that was not imported."""
    _check_right(acting_user, batch.organisation, at)
    number, name, storage, file = batch.pk, batch.file_name, batch.file.storage, str(batch.file.name)
    if not ImportBatch.objects.filter(pk=number, state=BatchState.UPLOADED).delete()[0]:
        raise Refused("import_started", _("这个文件已经在导入，或已经放弃。"), _("请刷新页面。"))
    subject = (ImportBatch._meta.label_lower, str(number))
    record(at=at, action="import.dropped", subject=subject, acting_user=acting_user, data={"file_name": name})
    transaction.on_commit(lambda: storage.delete(file))


def import_file(
    *,
    at: datetime,
    path: Path,
    mapping: str,
    source: str = "",
    acting_user: Account | None = None,
    processes: int = 0,
    progress: Progress = _no_progress,
) -> ImportBatch:
    """Import a file of this machine now, or finish the import of the same file that was interrupted."""
    text, name = mapping_text(mapping)
    found = _usable_mapping(text, name, source, None)
    contents = _inspected(path, found)
    cited = (source or found.source)[:60]
    with only_import():
        batch = ImportBatch.objects.filter(
            digest=contents, mapping_text=text, source=cited, organisation=None, state=BatchState.RUNNING
        ).first()
        if batch is None:
            with transaction.atomic():
                batch = ImportBatch.objects.create(
                    file_name=path.name[:200], digest=contents, mapping=found.name, mapping_text=text, source=cited,
                    started_by=acting_user, started_at=at, state=BatchState.WAITING,
                )  # fmt: skip
                _record(batch, "import.requested", at=at)
        return _perform(batch, path, at=at, processes=processes, progress=progress)


def perform_import(batch: ImportBatch, *, at: datetime, progress: Progress = _no_progress) -> ImportBatch:
    """Import the uploaded file of a batch, or go on where a killed worker stopped. A file that cannot be read fails the
    batch with the reason and leaves the openings as they were."""
    with only_import():
        batch.refresh_from_db()
        if batch.state not in {BatchState.WAITING, BatchState.RUNNING}:
            return batch
        return _perform(batch, Path(batch.file.path), at=at, processes=0, progress=progress)


def _perform(batch: ImportBatch, path: Path, *, at: datetime, processes: int, progress: Progress) -> ImportBatch:
    mapping = read_mapping(batch.mapping_text, name=batch.mapping)
    started = time.monotonic()
    try:
        with open_table(path, mapping.layout()) as table:
            ImportBatch.objects.filter(pk=batch.pk).update(
                state=BatchState.RUNNING, columns=[column.replace("\x00", "") for column in table.columns], error=""
            )
            batch.refresh_from_db()
            _import_rows(batch, table, mapping, at=at, processes=processes, progress=progress)
    except TableError as error:
        refused = refuse_table(error)
        _fail(batch, str(refused), at=at)
        raise refused from error
    except Refused as refused:
        _fail(batch, str(refused), at=at)
        raise
    _finish(batch, at=at, seconds=time.monotonic() - started)
    return batch


def _import_rows(
    batch: ImportBatch, table: Table, mapping: JobMapping, *, at: datetime, processes: int, progress: Progress
) -> None:
    # A batch that goes on after a kill reads rows as of its own start: the same row must come out the same.
    task = task_of(batch, mapping, table.columns, at=at)
    tally = Tally.from_batch(batch)
    rows = table.rows
    for _done in range(tally.rows):
        next(rows, None)
    kind = CitedWriter if batch.organisation is None else OwnWriter
    writer: CitedWriter | OwnWriter = kind(batch, tally, at=batch.started_at)
    for chunk, outcomes in understood(task, rows, processes=processes):
        with transaction.atomic():
            writer.write(outcomes, chunk)
            _keep_counts(batch, tally)
        progress(batch)
    if not tally.rows:
        raise TableError("no_rows", "there is no row below the header")


def _keep_counts(batch: ImportBatch, tally: Tally) -> None:
    values = {**tally.columns(), "report": {**batch.report, **tally.to_json()}}
    for name, value in values.items():
        setattr(batch, name, value)
    ImportBatch.objects.filter(pk=batch.pk).update(**values)


@transaction.atomic
def _finish(batch: ImportBatch, *, at: datetime, seconds: float) -> None:
    batch.state, batch.finished_at = BatchState.DONE, at
    batch.report = {
        **batch.report,
        "seconds": round(seconds, 3),
        "rows_per_second": round(batch.rows / max(seconds, 0.001)),
    }
    batch.save(update_fields=["state", "finished_at", "report"])
    publish(OpeningsImported(batch_id=batch.pk), at=at)
    _record(batch, "import.finished", at=at)


@transaction.atomic
def _fail(batch: ImportBatch, error: str, *, at: datetime) -> None:
    batch.state, batch.finished_at, batch.error = BatchState.FAILED, at, error[:2000]
    batch.save(update_fields=["state", "finished_at", "error"])
    _record(batch, "import.failed", at=at)


def _record(batch: ImportBatch, action: str, *, at: datetime) -> None:
    names = ("file_name", "digest", "mapping", "source", "rows", "accepted", "repaired", "held", "rejected", "error")
    data = {name: value for name in names if (value := getattr(batch, name))}
    record(at=at, action=action, subject=batch, acting_user=batch.started_by, data=data)


def _check_right(acting_user: Account, organisation: Organisation | None, at: datetime) -> None:
    if organisation is None and not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以导入别处的岗位。"), _("请用经办人员账户登录。"))
    if organisation is not None and not can_recruit_for(acting_user, organisation):
        raise NotAllowed("not_recruiter", _("您不是这家单位的招聘人员。"), _("请让单位负责人把您加为招聘人员。"))


def _usable_mapping(text: str, name: str, source: str, organisation: Organisation | None) -> JobMapping:
    found = read_mapping(text, name=name)
    if organisation is None:
        if not (source or found.source or "source" in found.fields):
            raise Refused(
                "import_source",
                _("没有写明岗位来源。"),
                _("转载的岗位必须标明来源：请在映射里写 source，或另外给出。"),
                field="source",
            )
        if not {"employer", "credit_code"} & set(found.fields):
            raise Refused(
                "import_employer",
                _("映射没有说明单位从哪一列来。"),
                _("请写 fields.employer 或 fields.credit_code。"),
                field="mapping",
            )
    return found


def _inspected(path: Path, mapping: JobMapping) -> str:
    try:
        return inspect(path, encoding=mapping.layout().encoding).digest
    except TableError as error:
        raise refuse_table(error) from error
    except OSError as error:
        raise Refused(
            "import_file", _("打不开文件“%(name)s”。") % {"name": path.name}, _("请检查路径和权限。"), field="file"
        ) from error


def _check_upload(upload: "UploadedFile[Any]") -> str:
    """Refuse what is no table before it is stored; return the digest of what it holds."""
    import tempfile

    if not upload.size:
        raise Refused("empty_file", _("文件是空的。"), _("请重新选择文件。"), field="file")
    if upload.size > settings.UPLOAD_LIMIT_BYTES:
        limit = settings.UPLOAD_LIMIT_BYTES // 1024 // 1024
        raise Refused(
            "file_too_large", _("文件超过 %(limit)s MB。") % {"limit": limit}, _("请压缩后再上传。"), field="file"
        )
    with tempfile.NamedTemporaryFile() as copy:
        for block in upload.chunks():
            copy.write(block)
        copy.flush()
        upload.seek(0)
        try:
            return inspect(Path(copy.name)).digest
        except TableError as error:
            raise refuse_table(error) from error


@contextmanager
def only_import() -> Iterator[None]:
    """One import at a time on a node; the lock goes with the process, however it ends."""
    folder = Path(settings.DATA_FOLDER) / "imports"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused("import_running", _("另一次导入正在进行。"), _("请等它结束后再试。")) from None
        yield
