"""The bytes of a file: what they are compressed with, how they are encoded, and whether they are whole.

Everything is read once before the first row is given out, so that a cut-off download or a wrong byte in the last line is known
before anything was done with the first one.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from taihu.engines.tables.errors import TableError

__all__ = ["Contents", "inspect", "open_bytes", "plain_workbook"]

BLOCK = 1 << 20
HIGHEST_BYTES = 8 << 30
BOMB_FLOOR, BOMB_RATIO = 100 << 20, 400
HIGHEST_WORKBOOK_BYTES = 1 << 30
GZIP, ZIP, OLE = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# So many characters beyond ASCII that read as UTF-8 are no accident: the text is UTF-8 with a damaged place.
SURELY_UTF8 = 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds.

    Attributes
    ----------
    kind : str
        ``text`` or ``workbook``.
    is_gzipped : bool
        Whether the bytes are compressed.
    encoding : str
        Python codec of a text, empty for a workbook.
    digest : str
        SHA-256 of the uncompressed bytes.
    size : int
        Uncompressed bytes.
    """

    kind: str
    is_gzipped: bool
    encoding: str
    digest: str
    size: int


def open_bytes(path: Path, *, is_gzipped: bool) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb")) if is_gzipped else path.open("rb")


def inspect(path: Path, *, encoding: str = "") -> Contents:
    """Read the whole file once and return what it is. O(n) time, constant memory.

    Raises
    ------
    TableError
        If the file is empty, cut off, far larger than it looks, or in none of UTF-8, UTF-16 and GB18030.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise TableError("empty", "the file is empty; choose another file")
    is_gzipped = head.startswith(GZIP)
    start = _start(path, is_gzipped=is_gzipped)
    if not start:
        raise TableError("empty", "the file is empty; choose another file")
    if start.startswith(OLE):
        message = "this is an old .xls or an encrypted workbook; save it as .xlsx or CSV without a password"
        raise TableError("workbook", message)
    if start.startswith(ZIP):
        digest, size = _digest(path, is_gzipped=is_gzipped)
        return Contents("workbook", is_gzipped, "", digest, size)
    candidates = [encoding] if encoding else _candidates(start)
    digest, size, found = _decode_all(path, is_gzipped=is_gzipped, candidates=candidates)
    return Contents("text", is_gzipped, found, digest, size)


def _start(path: Path, *, is_gzipped: bool) -> bytes:
    for block in _blocks(path, is_gzipped=is_gzipped):
        return block[:4096]
    return b""


def _candidates(start: bytes) -> list[str]:
    for mark, name in _BOMS:
        if start.startswith(mark):
            return [name]
    # Text of mostly ASCII marks and digits without a mark: every other byte is nothing.
    pairs = len(start) // 2
    if pairs >= 4:
        if start[1::2].count(0) > pairs // 4 and start[::2].count(0) == 0:
            return ["utf-16-le"]
        if start[::2].count(0) > pairs // 4 and start[1::2].count(0) == 0:
            return ["utf-16-be"]
    return ["utf-8", "gb18030"]


def _blocks(path: Path, *, is_gzipped: bool) -> Iterator[bytes]:
    stored, total = max(path.stat().st_size, 1), 0
    try:
        with open_bytes(path, is_gzipped=is_gzipped) as file:
            while block := file.read(BLOCK):
                total += len(block)
                if total > HIGHEST_BYTES or (total > BOMB_FLOOR and total > BOMB_RATIO * stored):
                    message = f"the file expands to more than {total >> 20} MB; send it in parts"
                    raise TableError("too_large", message, megabytes=total >> 20)
                yield block
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        message = f"the compressed file is cut off or damaged after {total} bytes; transfer it again"
        raise TableError("truncated", message, bytes=total) from error


def _digest(path: Path, *, is_gzipped: bool) -> tuple[str, int]:
    total, size = hashlib.sha256(), 0
    for block in _blocks(path, is_gzipped=is_gzipped):
        total.update(block)
        size += len(block)
    return total.hexdigest(), size


@dataclass
class _Attempt:
    """One encoding tried on the stream; `failed_line` is where it first did not fit."""

    name: str
    decoder: codecs.IncrementalDecoder
    beyond_ascii: int = 0
    lines: int = 0
    failed_line: int = 0

    def feed(self, block: bytes, *, final: bool) -> None:
        if self.failed_line:
            return
        try:
            text = self.decoder.decode(block, final)
        except UnicodeDecodeError as error:
            good = block[: error.start].decode(self.name, "ignore")
            self.beyond_ascii += sum(character > "\x7f" for character in good)
            self.failed_line = self.lines + good.count("\n") + 1
            return
        self.lines += text.count("\n")
        if self.beyond_ascii < SURELY_UTF8 and not text.isascii():
            self.beyond_ascii += sum(character > "\x7f" for character in text)


def _decode_all(path: Path, *, is_gzipped: bool, candidates: list[str]) -> tuple[str, int, str]:
    attempts = [_Attempt(name, codecs.getincrementaldecoder(name)()) for name in candidates]
    total, size = hashlib.sha256(), 0
    for block in _blocks(path, is_gzipped=is_gzipped):
        total.update(block)
        size += len(block)
        for attempt in attempts:
            attempt.feed(block, final=False)
    for attempt in attempts:
        attempt.feed(b"", final=True)
    utf8 = attempts[0]
    if not utf8.failed_line:
        return total.hexdigest(), size, utf8.name
    others = [attempt for attempt in attempts[1:] if not attempt.failed_line]
    if others and utf8.beyond_ascii < SURELY_UTF8:
        return total.hexdigest(), size, others[0].name
    furthest = utf8 if utf8.beyond_ascii >= SURELY_UTF8 else max(attempts, key=lambda a: a.failed_line)
    message = f"line {furthest.failed_line} is not {furthest.name}; save the file as UTF-8, or name its encoding in the mapping"
    raise TableError("encoding", message, line=furthest.failed_line, encoding=furthest.name)


@contextmanager
def plain_workbook(path: Path, contents: Contents) -> Iterator[IO[bytes]]:
    """The workbook as a file that can be searched, checked against zip bombs and damage."""
    with tempfile.TemporaryFile() as spool:
        with open_bytes(path, is_gzipped=contents.is_gzipped) as file:
            shutil.copyfileobj(file, spool, BLOCK)
        _check_archive(spool)
        spool.seek(0)
        yield spool


def _check_archive(file: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            expanded, packed = sum(i.file_size for i in infos), sum(i.compress_size for i in infos)
            if expanded > HIGHEST_WORKBOOK_BYTES or (expanded > BOMB_FLOOR and expanded > BOMB_RATIO * max(packed, 1)):
                message = f"the workbook expands to {expanded >> 20} MB; send it in parts or as CSV"
                raise TableError("too_large", message, megabytes=expanded >> 20)
            if "xl/workbook.xml" not in archive.namelist():
                raise TableError("not_a_table", "this archive is no workbook; unpack it and send the table inside")
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise TableError("workbook", "the workbook is cut off or damaged; save and transfer it again") from error
    if damaged is not None:
        raise TableError("workbook", f"the part {damaged} of the workbook is damaged; save and transfer it again")
