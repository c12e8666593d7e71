"""JSON texts as columns: each distinct text is kept once, and lists of records are taken apart without making objects.

Much text goes through compiled readers, little through the standard library: both say the same.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
LINE = "\n"
# A person's page is below it, and need not wait until the compiled readers are loaded.
WORTH_KERNELS = 1 << 15


@dataclass(frozen=True)
class Coded:
    """`texts[codes[i]]` is text i, and a code of -1 says that there is none."""

    codes: Array
    texts: list[str]

    def take(self, places: Array | None) -> "Coded":
        """Some of them in this order, as if nothing else had ever been said; None for all as they are."""
        if places is None:
            return self
        codes = self.codes[places]
        first = np.full(len(self.texts) + 1, len(codes))
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        said = np.argsort(first[:-1])[: int((first[:-1] < len(codes)).sum())]
        new = np.full(len(self.texts) + 1, -1)
        new[said] = np.arange(len(said))
        return Coded(new[codes], [self.texts[code] for code in said])


@dataclass(frozen=True)
class CodedRecords:
    """Records per line, -1 where the line is no list of records; and the text of each field of all records in a row."""

    counts: Array
    fields: Mapping[str, Coded]


def code_lines(text: str) -> Coded:
    """The lines of a text.

    >>> code_lines("true\\nfalse\\ntrue")
    Coded(codes=array([0, 1, 0]), texts=['true', 'false'])
    """
    if len(text) < WORTH_KERNELS:
        return _coded(text.split(LINE))
    from taihu.records.facts.text_kernels import number_stretches

    whole, starts, ends = _bytes(text)
    return _named(whole, starts, ends, *number_stretches(np.frombuffer(whole, np.uint8), starts, ends))


def code_records(text: str, keys: Sequence[str]) -> CodedRecords:
    """Lists of records, one per line, each value as JSON text.

    >>> found = code_records('[{"level": "master"}, {}]\\n12', ["level"])
    >>> found.counts.tolist(), found.fields["level"].codes.tolist(), found.fields["level"].texts
    ([2, -1], [0, -1], ['"master"'])
    """
    if len(text) < WORTH_KERNELS:
        return _records_slowly(text, keys)
    from taihu.records.facts.text_kernels import number_stretches, take_apart

    whole, starts, ends = _bytes(text)
    data = np.frombuffer(whole, np.uint8)
    names = [key.encode() for key in keys]
    bounds = np.cumsum([0, *map(len, names)])
    followed, counts, lows, highs = take_apart(
        data, starts, ends, np.frombuffer(b"".join(names), np.uint8), bounds, text.count("{") + 1
    )
    if not followed:
        return _records_slowly(text, keys)
    fields = {
        key: _named(whole, low, high, *number_stretches(data, low, high))
        for key, low, high in zip(keys, lows, highs, strict=True)
    }
    return CodedRecords(counts, fields)


def number_lists(text: str) -> tuple[Array, Array]:
    """Lists of whole numbers, one per line: how many are in each, and all of them in a row.

    >>> [item.tolist() for item in number_lists("[3, 4]\\n[]\\n[5]")]
    [[2, 0, 1], [3, 4, 5]]
    """
    if len(text) >= WORTH_KERNELS:
        from taihu.records.facts.text_kernels import whole_numbers

        whole, starts, ends = _bytes(text)
        followed, counts, numbers = whole_numbers(np.frombuffer(whole, np.uint8), starts, ends)
        if followed:
            return counts, numbers
    lists = parsed(text)
    counts = np.fromiter(map(len, lists), np.int64, count=len(lists))
    return counts, np.array([number for item in lists for number in item], np.int64)


def prepare() -> None:
    """Compile the readers, or load them where they are kept."""
    records = '[{"a": 1}]'
    code_records(LINE.join([records] * (WORTH_KERNELS // len(records))), ["a"])
    number_lists(LINE.join(["[1]"] * WORTH_KERNELS))


def parsed(text: str) -> list[Any]:
    """The values of all lines at once."""
    found: list[Any] = json.loads("[" + text.replace(LINE, ",") + "]")
    return found


def _bytes(text: str) -> tuple[bytes, Array, Array]:
    """The text as bytes with one more at the end, so that a reader may look one too far; where lines start and end."""
    whole = (text + LINE).encode()
    ends = np.flatnonzero(np.frombuffer(whole, np.uint8) == ord(LINE))
    return whole, np.concatenate([[0], ends[:-1] + 1]), ends


def _named(whole: bytes, lows: Array, highs: Array, codes: Array, firsts: Array) -> Coded:
    spans = zip(lows[firsts].tolist(), highs[firsts].tolist(), strict=True)
    return Coded(codes, [whole[low:high].decode() for low, high in spans])


def _coded(texts: Sequence[str | None]) -> Coded:
    seen: dict[str, int] = {}
    codes = [-1 if text is None else seen.setdefault(text, len(seen)) for text in texts]
    return Coded(np.array(codes, np.int64), list(seen))


def _records_slowly(text: str, keys: Sequence[str]) -> CodedRecords:
    lists = parsed(text)
    good = [isinstance(item, list) and all(isinstance(record, dict) for record in item) for item in lists]
    counts = np.array([len(item) if ok else -1 for item, ok in zip(lists, good, strict=True)], np.int64)
    records = [record for item, ok in zip(lists, good, strict=True) if ok for record in item]
    fields = {key: _coded([json.dumps(record[key]) if key in record else None for record in records]) for key in keys}
    return CodedRecords(counts, fields)
