"""Uploaded files: judged by what they are, not by what they are called; kept private; served as downloads."""

import hashlib
import uuid
import zipfile
from collections.abc import Iterable
from pathlib import PurePath
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import FileResponse
from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused

PDF, DOCX, XLSX, PNG, JPEG, JSON, CSV = "pdf", "docx", "xlsx", "png", "jpeg", "json", "csv"
HEIC = "heic"  # what telephones write; known, to say what to do, and never taken
PAPERS = frozenset({PDF, PNG, JPEG})
RESUMES = frozenset({PDF, DOCX, JSON})
TABLES = frozenset({CSV, XLSX})
_HEIC_HEADS = frozenset(b"ftyp" + brand for brand in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc"))
CONTENT_TYPES = {
    PDF: "application/pdf",
    DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    PNG: "image/png",
    JPEG: "image/jpeg",
    JSON: "application/json",
    CSV: "text/csv",
}


def picker(kinds: Iterable[str]) -> str:
    """The `accept` of a file input: types, for which telephones convert their photos, and the endings that people know.

    >>> picker({"jpeg", "pdf"})
    'image/jpeg,.jpeg,.jpg,application/pdf,.pdf'
    """
    endings = {JPEG: ".jpeg,.jpg"}
    return ",".join(f"{CONTENT_TYPES[kind]},{endings.get(kind, f'.{kind}')}" for kind in sorted(kinds))


def sniff(handle: IO[bytes]) -> str:
    """The real type of a file by its content, or '' when it is none that Taihu takes."""
    handle.seek(0)
    head = handle.read(1024)
    handle.seek(0)
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head[4:12] in _HEIC_HEADS:
        return HEIC
    if head.startswith(b"PK\x03\x04"):
        return _sniff_office(handle)
    if b"\x00" in head:
        return ""
    return JSON if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") else CSV


def _sniff_office(handle: IO[bytes]) -> str:
    try:
        with zipfile.ZipFile(handle) as archive:
            names = set(archive.namelist())
            expanded = sum(info.file_size for info in archive.infolist())
    except zipfile.BadZipFile:
        return ""
    finally:
        handle.seek(0)
    if expanded > 50 * settings.UPLOAD_LIMIT_BYTES:
        return ""
    if "word/document.xml" in names:
        return DOCX
    return XLSX if "xl/workbook.xml" in names else ""


def limit_mb() -> int:
    return int(settings.UPLOAD_LIMIT_BYTES // 1024 // 1024)


def check_upload(upload: "UploadedFile[Any]", allowed: frozenset[str]) -> str:
    """Return the real type or refuse with what may be sent instead."""
    if not upload.size:
        raise Refused("empty_file", _("文件是空的。"), _("请重新选择文件。"), field="file")
    if upload.size > settings.UPLOAD_LIMIT_BYTES:
        raise Refused(
            "file_too_large", _("文件超过 %(limit)s MB。") % {"limit": limit_mb()}, _("请压缩后再上传。"), field="file"
        )
    kind = sniff(upload.file)  # type: ignore[arg-type]
    if kind == HEIC:
        raise Refused(
            "file_type",
            _("这是手机的 HEIC 照片，办事窗口打不开。"),
            _("请截图后上传截图，或在手机相机的“格式”里选“兼容性最佳”重新拍照。"),
            field="file",
        )
    if kind not in allowed:
        names = "、".join(sorted(allowed)).upper()
        raise Refused(
            "file_type", _("这不是可以接收的文件类型。"), _("请上传：%(names)s。") % {"names": names}, field="file"
        )
    return kind


def private_path(instance: models.Model, filename: str) -> str:
    """Random names: a path tells nothing and cannot be guessed."""
    return f"{instance._meta.label_lower}/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()[:10]}"


def file_digest(handle: Any) -> str:
    handle.seek(0)
    digest = hashlib.file_digest(handle, "sha256").hexdigest()
    handle.seek(0)
    return digest


def serve_download(stored: models.fields.files.FieldFile, *, name: str) -> FileResponse:
    """Always a download with a neutral type: an uploaded file never runs in the browser."""
    response = FileResponse(
        stored.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
