"""One file with everything: database rows, uploaded files, keys. The same file restores on SQLite and PostgreSQL."""

import base64
import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from taihu.records.base.fields import EncryptedTextField

FORMAT = 1
BATCH = 500


class BackupError(Exception):
    """The backup cannot be made or restored; the message says what to do."""


def _models() -> list[type[models.Model]]:
    """Every table of every app, relation tables included, in a fixed order."""
    found = [
        model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
    ]
    return sorted(found, key=lambda model: model._meta.label_lower)


def _migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _key(passphrase: str, salt: bytes) -> Fernet:
    derived = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def make_backup(target: Path, *, at: datetime, passphrase: str = "") -> dict[str, int]:
    """Write a consistent backup; return rows per table. Personal numbers stay encrypted in it, keys too with a passphrase."""
    draft = target.with_name(f"{target.name}.part")
    counts: dict[str, int] = {}
    digests: dict[str, str] = {}
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle, zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as archive:
        with _snapshot():
            migrations = _migrations()
            for model in _models():
                label = model._meta.label_lower
                counts[label], digests[label] = _dump(archive, f"rows/{label}.jsonl", model)
        for path in sorted(path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()):
            archive.write(path, f"files/{path.relative_to(settings.MEDIA_ROOT).as_posix()}")
        salt = os.urandom(16)
        keys = json.dumps(settings.KEYS | {"fields": settings.FIELD_KEYS}).encode()
        archive.writestr("keys", _key(passphrase, salt).encrypt(keys) if passphrase else keys)
        manifest = {
            "format": FORMAT,
            "made_at": at.isoformat(),
            "migrations": migrations,
            "rows": counts,
            "digests": digests,
            "salt": base64.b64encode(salt).decode() if passphrase else "",
        }
        archive.writestr("manifest.json", json.dumps(manifest, indent=1, sort_keys=True))
    draft.replace(target)
    return counts


def _snapshot() -> transaction.Atomic:
    """One moment for all tables: SQLite holds writers back meanwhile, PostgreSQL reads a snapshot."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        return _RepeatableRead(using=None, savepoint=True, durable=False)
    return transaction.atomic()


class _RepeatableRead(transaction.Atomic):
    def __enter__(self) -> None:
        super().__enter__()
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _dump(archive: zipfile.ZipFile, name: str, model: type[models.Model]) -> tuple[int, str]:
    fields = list(model._meta.concrete_fields)
    rows = model._base_manager.order_by("pk").values_list(*(field.attname for field in fields))
    count, digest = 0, hashlib.sha256()
    with archive.open(name, "w", force_zip64=True) as out:
        out.write(json.dumps([field.attname for field in fields]).encode() + b"\n")
        for row in rows.iterator(chunk_size=BATCH):
            line = json.dumps(
                [_written(f, v) for f, v in zip(fields, row, strict=True)], cls=_Exact, ensure_ascii=False
            )
            data = line.encode() + b"\n"
            digest.update(data)
            out.write(data)
            count += 1
    return count, digest.hexdigest()


class _Exact(DjangoJSONEncoder):
    """Moments with microseconds, which Django's encoder cuts to milliseconds; bytes as base64."""

    def default(self, o: Any) -> Any:
        if isinstance(o, bytes | memoryview):
            return base64.b64encode(o).decode()
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def _written(field: "models.Field[Any, Any]", value: Any) -> Any:
    return field.get_prep_value(value) if isinstance(field, EncryptedTextField) else value


def _read(field: "models.Field[Any, Any]", value: Any) -> Any:
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, EncryptedTextField):
        return field.from_db_value(value, None, connection)
    if isinstance(field, models.ForeignKey):
        return field.target_field.to_python(value)
    return field.to_python(value)


def restore_backup(source: Path, *, passphrase: str = "", replace: bool = False) -> dict[str, int]:
    """Check the whole file, then load it in one transaction; refuse to overwrite a city unless `replace`."""
    if not zipfile.is_zipfile(source):
        raise BackupError(f"{source} is not a backup file")
    with zipfile.ZipFile(source) as archive:
        manifest = _check(archive, replace=replace)
        keys = _open_keys(archive, manifest, passphrase)
        previous = settings.FIELD_KEYS
        settings.FIELD_KEYS = keys["fields"]
        incoming = Path(settings.MEDIA_ROOT).with_name("files.restoring")
        try:
            _extract_files(archive, incoming)
            with transaction.atomic():
                _load(archive, manifest)
        except BaseException:
            settings.FIELD_KEYS = previous
            shutil.rmtree(incoming, ignore_errors=True)
            raise
    _put_in_place(incoming, keys)
    rows: dict[str, int] = manifest["rows"]
    return rows


def _check(archive: zipfile.ZipFile, *, replace: bool) -> dict[str, Any]:
    if (broken := archive.testzip()) is not None:
        raise BackupError(f"{broken} in the backup is damaged: take another copy")
    try:
        manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
    except (KeyError, ValueError) as error:
        raise BackupError("the file has no manifest: it is not a backup of Taihu") from error
    if manifest["format"] != FORMAT:
        raise BackupError(f"the backup has format {manifest['format']}, this version reads {FORMAT}")
    if manifest["migrations"] != _migrations():
        raise BackupError("the backup was made by another version: restore it with that version, then upgrade")
    if apps.get_model("identity", "Account")._base_manager.exists() and not replace:
        raise BackupError("there is a city here already: name another TAIHU_DATA, or say --replace")
    for label, digest in manifest["digests"].items():
        lines = _lines(archive, label)
        next(lines)
        found = hashlib.sha256()
        for line in lines:
            found.update(line)
        if found.hexdigest() != digest:
            raise BackupError(f"the rows of {label} were changed after the backup was made")
    return manifest


def _open_keys(archive: zipfile.ZipFile, manifest: dict[str, Any], passphrase: str) -> dict[str, Any]:
    raw = archive.read("keys")
    if manifest["salt"]:
        try:
            raw = _key(passphrase, base64.b64decode(manifest["salt"])).decrypt(raw)
        except InvalidToken as error:
            raise BackupError("the passphrase is wrong: set TAIHU_BACKUP_PASSPHRASE") from error
    keys: dict[str, Any] = json.loads(raw)
    return keys


def _lines(archive: zipfile.ZipFile, label: str) -> Iterator[bytes]:
    with archive.open(f"rows/{label}.jsonl") as handle:
        yield from handle


def _load(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """References are checked at the end of the transaction, so the order of the tables does not matter."""
    everything = _models()
    for model in everything:
        queryset = model._base_manager.all()
        queryset._raw_delete(queryset.db)
    for model in everything:
        if model._meta.label_lower in manifest["rows"]:
            _load_table(archive, model)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), everything):
            cursor.execute(statement)
    connection.check_constraints()


def _load_table(archive: zipfile.ZipFile, model: type[models.Model]) -> None:
    lines = _lines(archive, model._meta.label_lower)
    names = json.loads(next(lines))
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    batch: list[models.Model] = []
    for line in lines:
        values = zip(names, json.loads(line), strict=True)
        batch.append(model(**{name: _read(by_name[name], value) for name, value in values}))
        if len(batch) == BATCH:
            model._base_manager.bulk_create(batch)
            batch = []
    model._base_manager.bulk_create(batch)


def _extract_files(archive: zipfile.ZipFile, incoming: Path) -> None:
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True)
    for info in archive.infolist():
        if not info.filename.startswith("files/"):
            continue
        path = (incoming / info.filename.removeprefix("files/")).resolve()
        if not path.is_relative_to(incoming.resolve()):
            raise BackupError(f"{info.filename} points outside the folder of files")
        path.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(info) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        path.chmod(0o600)


def _put_in_place(incoming: Path, keys: dict[str, Any]) -> None:
    media = Path(settings.MEDIA_ROOT)
    shutil.rmtree(media, ignore_errors=True)
    incoming.replace(media)
    for derived in ("search", "cache"):
        shutil.rmtree(Path(settings.DATA_FOLDER) / derived, ignore_errors=True)
    write_keys(keys)


def write_keys(keys: dict[str, Any]) -> None:
    """Replace keys.json in one step, readable by this account only."""
    path = Path(settings.DATA_FOLDER) / "keys.json"
    draft = path.with_name(f"keys.{os.getpid()}.json")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(keys, handle)
    draft.replace(path)
