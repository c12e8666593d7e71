"""Civil dates as days since 1970-01-01: for one date (Python int) and for arrays (numpy), with equal results.

A period of months ends on the day with the same number; where the month has none, on its last day
(Civil Code of the PRC, article 202). So 2020-02-29 plus one year is 2021-02-28.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt

from .kinds import OPEN_DATE

_EPOCH = 719_163
#: 0001-01-01, the first day there is.
FIRST_DATE = 1 - _EPOCH
#: An open span counts to here, so that a month after it is still in the calendar.
FAR_DATE = OPEN_DATE - 365
Days = npt.NDArray[Any]


def to_days(value: dt.date) -> int:
    """Days since 1970-01-01.

    >>> to_days(dt.date(1970, 1, 2))
    1
    """
    return value.toordinal() - _EPOCH


def from_days(days: int) -> dt.date:
    """The date of a day number.

    >>> from_days(1)
    datetime.date(1970, 1, 2)
    """
    return dt.date.fromordinal(days + _EPOCH)


def month_number(days: int) -> int:
    """Months since year 0, so that neighbouring months differ by one.

    >>> month_number(to_days(dt.date(2024, 1, 31))) - month_number(to_days(dt.date(2023, 12, 1)))
    1
    """
    day = from_days(days)
    return day.year * 12 + day.month - 1


def _month_start(month: int) -> int:
    return dt.date(month // 12, month % 12 + 1, 1).toordinal() - _EPOCH


def month_start(month: int) -> int:
    """First day of a month number."""
    return OPEN_DATE if month >= 119_988 else _month_start(month)


def shift(days: int, months: int, extra: int = 0) -> int:
    """A date moved by months, clamped to the end of the month, then by days; never outside 0001-01-01..9999-12-31.

    >>> from_days(shift(to_days(dt.date(2020, 2, 29)), 12))
    datetime.date(2021, 2, 28)
    """
    if days >= OPEN_DATE:
        return OPEN_DATE
    if months:
        day = from_days(days)
        total = day.year * 12 + day.month - 1 + months
        if total >= 119_988:
            return OPEN_DATE
        if total < 12:
            return FIRST_DATE
        start = _month_start(total)
        days = min(start + day.day - 1, (OPEN_DATE if total >= 119_987 else _month_start(total + 1) - 1))
    return max(FIRST_DATE, min(days + extra, OPEN_DATE))


def months_between(start: int, end: int) -> int:
    """Full months from one date to another (negative when the second is earlier).

    >>> months_between(to_days(dt.date(2022, 6, 30)), to_days(dt.date(2024, 6, 29)))
    23
    """
    count = month_number(end) - month_number(start)
    return count - (shift(start, count) > end)


def years_between(start: int, end: int) -> int:
    """Full years from one date to another: the age of somebody born at `start`."""
    return months_between(start, end) // 12


def start_of_year(days: int) -> int:
    return to_days(dt.date(from_days(days).year, 1, 1))


def start_of_month(days: int) -> int:
    return _month_start(month_number(days))


def months_of(days: Days) -> npt.NDArray[np.int64]:
    """`month_number` of an array."""
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64) + 1970 * 12


def starts_of(months: Days) -> npt.NDArray[np.int64]:
    """`month_start` of an array."""
    capped = np.clip(months, 12, 119_988)
    starts = (capped - 1970 * 12).astype("M8[M]").astype("M8[D]").astype(np.int64)
    return np.where(capped >= 119_988, OPEN_DATE, starts)


def shift_array(days: Days, months: int, extra: int = 0) -> npt.NDArray[np.int64]:
    """`shift` of an array."""
    days = days.astype(np.int64)
    moved = days
    if months:
        month = months_of(days)
        offset = days - starts_of(month)
        target = month + months
        last = np.where(target >= 119_987, OPEN_DATE, starts_of(target + 1) - 1)
        moved = np.where(target >= 119_988, OPEN_DATE, np.minimum(starts_of(target) + offset, last))
        if months < 0 and len(target) and target.min() < 12:
            return np.where(target < 12, FIRST_DATE, np.clip(moved + extra, FIRST_DATE, OPEN_DATE))
    return np.where(days >= OPEN_DATE, OPEN_DATE, np.clip(moved + extra, FIRST_DATE, OPEN_DATE))


def months_between_arrays(start: Days, end: Days) -> npt.NDArray[np.int64]:
    """`months_between` of two arrays (or an array and a number in an array of one)."""
    start, end = np.broadcast_arrays(np.asarray(start, np.int64), np.asarray(end, np.int64))
    month = months_of(start)
    count = months_of(end) - month
    offset = start - starts_of(month)
    target = month + count
    landed = np.minimum(starts_of(target) + offset, starts_of(target + 1) - 1)
    landed = np.where(start >= OPEN_DATE, OPEN_DATE, landed)
    return count - (landed > end)
