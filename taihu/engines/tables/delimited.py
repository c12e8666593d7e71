"""Records of delimited text (RFC 4180), one at a time.

A record whose quotes are broken costs that record and no other: reading goes on with the line after it. Line ends may be mixed.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import TextIOBase

__all__ = ["DELIMITERS", "Record", "guess_delimiter", "records"]

DELIMITERS = ",\t;|，"
LONGEST_LINE = 16_000_000
LONGEST_RECORD = 16_000_000
csv.field_size_limit(max(csv.field_size_limit(), 2 * LONGEST_RECORD))


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record, the line it starts at, and why it is none: ``""``, ``quotes`` or ``too_long``."""

    cells: list[str]
    line: int
    problem: str = ""


class _TooLong(Exception):
    """A record goes on for longer than any real one."""


@dataclass
class _Lines:
    """Physical lines with a memory of those of the record that is being read."""

    file: TextIOBase
    number: int = 0
    taken: list[str] = field(default_factory=list)
    waiting: deque[str] = field(default_factory=deque)
    length: int = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.waiting.popleft() if self.waiting else self.file.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self.length += len(line)
        if self.length > LONGEST_RECORD:
            raise _TooLong
        return line

    def forget(self) -> None:
        """The record is done: what comes is another one."""
        self.number += len(self.taken)
        self.taken, self.length = [], 0

    def give_back(self) -> str:
        """Keep the first line as lost and put the others back; return the lost one."""
        first, *rest = self.taken
        self.waiting.extendleft(reversed(rest))
        self.number += 1
        self.taken, self.length = [], 0
        while not first.endswith(("\n", "\r")) and not self.waiting and len(first) >= LONGEST_LINE:
            tail = self.file.readline(LONGEST_LINE)
            if not tail or tail.endswith(("\n", "\r")):
                break
        return first


def records(file: TextIOBase, delimiter: str) -> Iterator[Record]:
    """Yield every record, blank lines as records without cells. Memory is bounded by the longest record."""
    lines = _Lines(file)
    parser = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        start = lines.number + 1
        try:
            cells = next(parser)
        except StopIteration:
            return
        except (csv.Error, _TooLong) as error:
            lost = lines.give_back()
            yield Record([lost[:2000].rstrip("\r\n")], start, "too_long" if isinstance(error, _TooLong) else "quotes")
            parser = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        lines.forget()
        yield Record(cells, start)


def guess_delimiter(first_lines: str) -> str:
    """Return the delimiter that the first lines use most, outside quotes; a comma where there is none.

    Examples
    --------
    >>> guess_delimiter('职位;城市;"a,b,c"'), guess_delimiter("a\\tb"), guess_delimiter("职位")
    (';', '\\t', ',')
    """
    counts = dict.fromkeys(DELIMITERS, 0)
    is_quoted = False
    for character in first_lines:
        if character == '"':
            is_quoted = not is_quoted
        elif not is_quoted and character in counts:
            counts[character] += 1
    best = max(counts, key=lambda mark: (counts[mark], -DELIMITERS.index(mark)))
    return best if counts[best] else ","
