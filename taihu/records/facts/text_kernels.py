"""Compiled readers of JSON texts that stand in one long row of bytes. What they read is valid JSON: the database checked it.

Each leaves a text that it cannot follow to the caller by saying so; `texts.py` then reads it with the standard library.
"""

from typing import Any

import numpy as np

from taihu.engines.kernels import kernel

COMMA, QUOTE, BACKSLASH = (ord(sign) for sign in ',"\\')
OPEN_LIST, CLOSE_LIST, OPEN_RECORD, CLOSE_RECORD = (ord(sign) for sign in "[]{}")
SPACE, TAB, RETURN, MINUS, ZERO, NINE = (ord(sign) for sign in " \t\r-09")
# Of the multiplicative hash of a text, byte by byte (FNV-1a).
HASH_START, HASH_FACTOR = np.uint64(14_695_981_039_346_656_037), np.uint64(1_099_511_628_211)


@kernel
def _hash(data: Any, low: int, high: int) -> Any:
    found = HASH_START
    for place in range(low, high):
        found = (found ^ np.uint64(data[place])) * HASH_FACTOR
    return found ^ (found >> np.uint64(29))


@kernel
def _equal(data: Any, low: int, high: int, other: Any, first: int, last: int) -> bool:
    if high - low != last - first:
        return False
    step = 0
    while low + step < high and data[low + step] == other[first + step]:
        step += 1
    return low + step == high


@kernel
def number_stretches(data: Any, lows: Any, highs: Any) -> Any:
    """Equal stretches of bytes get equal numbers, counted as they turn up; a stretch that begins at -1 is none.

    Returns
    -------
    numbers, firsts
        int32 per stretch, -1 for none; and for each number the place of its first stretch.
    """
    numbers = np.full(len(lows), -1, np.int32)
    firsts = np.empty(len(lows), np.int64)
    hashes = np.empty(len(lows), np.uint64)
    table = np.full(256, -1, np.int32)
    used = 0
    for place in range(len(lows)):
        if lows[place] < 0:
            continue
        if 2 * used >= len(table):
            table = np.full(4 * len(table), -1, np.int32)
            for number in range(used):
                slot = np.int64(hashes[number] & np.uint64(len(table) - 1))
                while table[slot] >= 0:
                    slot = (slot + 1) & (len(table) - 1)
                table[slot] = number
        mark = _hash(data, lows[place], highs[place])
        slot = np.int64(mark & np.uint64(len(table) - 1))
        while table[slot] >= 0:
            other = firsts[table[slot]]
            if hashes[table[slot]] == mark and _equal(data, lows[place], highs[place], data, lows[other], highs[other]):
                break
            slot = (slot + 1) & (len(table) - 1)
        if table[slot] < 0:
            table[slot] = used
            firsts[used], hashes[used] = place, mark
            used += 1
        numbers[place] = table[slot]
    return numbers, firsts[:used].copy()


@kernel
def _after_space(data: Any, place: int, end: int) -> int:
    while place < end and data[place] in (SPACE, TAB, RETURN):
        place += 1
    return place


@kernel
def _after_string(data: Any, place: int, end: int) -> int:
    place += 1
    while place < end and data[place] != QUOTE:
        place += 2 if data[place] == BACKSLASH else 1
    return place + 1


@kernel
def _after_value(data: Any, place: int, end: int) -> int:
    """The place behind a string, number, word, list or record."""
    depth = 0
    while place < end:
        sign = data[place]
        if sign == QUOTE:
            place = _after_string(data, place, end)
            if depth == 0:
                return place
            continue
        if sign in (OPEN_LIST, OPEN_RECORD):
            depth += 1
        elif sign in (CLOSE_LIST, CLOSE_RECORD):
            if depth == 0:
                return place
            depth -= 1
            if depth == 0:
                return place + 1
        elif depth == 0 and sign in (COMMA, SPACE, TAB, RETURN):
            return place
        place += 1
    return place


@kernel
def _field_of(data: Any, low: int, high: int, keys: Any, bounds: Any, guess: int) -> int:
    """The field of this name, looked for first where it was last time; -1 if it is none."""
    if guess >= 0 and _equal(data, low, high, keys, bounds[guess], bounds[guess + 1]):
        return guess
    for field in range(len(bounds) - 1):
        if _equal(data, low, high, keys, bounds[field], bounds[field + 1]):
            return field
    return -1


@kernel
def _has_escape(data: Any, low: int, high: int) -> bool:
    while low < high and data[low] != BACKSLASH:
        low += 1
    return low < high


@kernel
def _after_record(data: Any, place: int, end: int, keys: Any, bounds: Any, guesses: Any, lows: Any, highs: Any) -> int:
    """The place behind a record whose brace stands here, its values noted; `end` + 1 where it cannot be followed."""
    place = _after_space(data, place + 1, end)
    turn = 0
    while place < end and data[place] != CLOSE_RECORD:
        low = place + 1
        place = _after_string(data, place, end)
        field = _field_of(data, low, place - 1, keys, bounds, guesses[turn & 63])
        if field < 0 and _has_escape(data, low, min(place - 1, end)):
            return end + 1
        guesses[turn & 63] = field
        turn += 1
        place = _after_space(data, _after_space(data, place, end) + 1, end)
        behind = _after_value(data, place, end)
        if field >= 0:
            lows[field], highs[field] = place, behind
        place = _after_space(data, behind, end)
        if place < end and data[place] == COMMA:
            place = _after_space(data, place + 1, end)
    return place + 1


@kernel
def take_apart(data: Any, starts: Any, ends: Any, keys: Any, bounds: Any, most: int) -> Any:
    """Where the values of some fields stand in lists of records, one list per line.

    Parameters
    ----------
    keys, bounds
        The names of the fields one after another as bytes, and where each begins.
    most
        At least the number of records in all lines.

    Returns
    -------
    followed, counts, lows, highs
        Whether everything could be followed; records per line, -1 for a line that is no list of records; the first byte
        of each value (fields, records), -1 where the record has no such field, and the byte behind it.
    """
    lows = np.full((len(bounds) - 1, most), -1, np.int64)
    highs = np.zeros((len(bounds) - 1, most), np.int64)
    counts = np.full(len(starts), -1, np.int64)
    guesses = np.full(64, -1, np.int64)
    used = 0
    for line in range(len(starts)):
        end, first = ends[line], used
        place = _after_space(data, starts[line], end)
        if data[place] != OPEN_LIST:
            continue
        place = _after_space(data, place + 1, end)
        while place < end and data[place] == OPEN_RECORD:
            place = _after_record(data, place, end, keys, bounds, guesses, lows[:, used], highs[:, used])
            used += 1
            place = _after_space(data, place, end)
            if place < end and data[place] == COMMA:
                place = _after_space(data, place + 1, end)
        if place >= end:
            return False, counts, lows, highs
        if data[place] == CLOSE_LIST:
            counts[line] = used - first
        else:
            lows[:, first:used] = -1
            used = first
    return True, counts, lows[:, :used], highs[:, :used]


@kernel
def whole_numbers(data: Any, starts: Any, ends: Any) -> Any:
    """The numbers in lists of whole numbers, one list per line: (followed, numbers per line, the numbers in a row)."""
    counts = np.zeros(len(starts), np.int64)
    found = np.empty(len(data) // 2 + 1, np.int64)
    used = 0
    for line in range(len(starts)):
        end = ends[line]
        place = _after_space(data, starts[line], end)
        if data[place] != OPEN_LIST:
            return False, counts, found
        place = _after_space(data, place + 1, end)
        first = used
        while place < end and data[place] != CLOSE_LIST:
            sign = 1
            if data[place] == MINUS:
                sign = -1
                place += 1
            low, number = place, 0
            while place < end and ZERO <= data[place] <= NINE:
                number = 10 * number + int(data[place] - ZERO)
                place += 1
            if place == low or place - low > 18:
                return False, counts, found
            found[used] = sign * number
            used += 1
            place = _after_space(data, place, end)
            if data[place] == COMMA:
                place = _after_space(data, place + 1, end)
            elif data[place] != CLOSE_LIST:
                return False, counts, found
        if place >= end:
            return False, counts, found
        counts[line] = used - first
    return True, counts, found[:used].copy()
