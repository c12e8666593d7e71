import doctest
import importlib
from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taihu.engines.workdays import (
    BEIJING,
    CalendarUnknown,
    Deadline,
    Due,
    Recurring,
    Rhythm,
    Unit,
    WorkCalendar,
    beijing_day,
    next_due,
    read_tables,
)
from taihu.engines.workdays.calendar import add_months, month_end

CALENDAR = WorkCalendar()
DAYS = st.dates(date(2005, 1, 1), date(2026, 2, 28))


@pytest.mark.parametrize("name", ["", ".calendar", ".deadlines", ".recurring"])
def test_examples_in_docstrings_are_true(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"taihu.engines.workdays{name}"))

    assert result.failed == 0
    assert result.attempted > 0


@given(st.dates(date(2004, 1, 1), date(2026, 12, 31)))
def test_every_announced_day_is_as_announced(day: date) -> None:
    assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day)


def count_one_by_one(day: date, count: int) -> date:
    """Reference: enumerate every day, keep the worked ones, take the count-th."""
    days = [day + timedelta(days=n) for n in range(1, count * 3 + 20)]
    return [d for d in days if chinese_calendar.is_workday(d)][count - 1]


@given(DAYS, st.integers(1, 90))
def test_adding_equals_counting_one_by_one(day: date, count: int) -> None:
    assert CALENDAR.add(day, count) == count_one_by_one(day, count)


@given(DAYS, st.integers(-90, 90).filter(bool))
def test_between_undoes_add(day: date, count: int) -> None:
    assert CALENDAR.between(day, CALENDAR.add(day, count)) == count


@given(DAYS, st.integers(1, 60))
def test_going_back_returns_to_a_working_day(day: date, count: int) -> None:
    start = CALENDAR.on_or_after(day)

    assert CALENDAR.add(CALENDAR.add(start, count), -count) == start


@given(DAYS, st.integers(0, 90), st.sampled_from(Unit))
def test_a_longer_period_never_ends_earlier(day: date, count: int, unit: Unit) -> None:
    count = min(count, 5) if unit in (Unit.MONTHS, Unit.YEARS) else count
    provisional = WorkCalendar(provisional=True)

    assert Deadline(unit, count).due(day, provisional).day <= Deadline(unit, count + 1).due(day, provisional).day


def test_a_year_without_table_is_an_error_unless_provisional_is_allowed() -> None:
    deadline = Deadline(Unit.WORKING_DAYS, 10)
    with pytest.raises(CalendarUnknown, match="enter the State Council's notice as the table of 2027"):
        deadline.due(date(2026, 12, 28), CALENDAR)

    assert deadline.due(date(2026, 12, 28), WorkCalendar(provisional=True)) == Due(date(2027, 1, 11), provisional=True)
    assert deadline.due(date(2026, 3, 2), WorkCalendar(provisional=True)).provisional is False


def test_a_table_makes_the_year_known() -> None:
    tables = read_tables({"2027": {"holidays": ["2027-01-01"], "worked": ["2027-01-09"]}})

    due = Deadline(Unit.WORKING_DAYS, 10).due(date(2026, 12, 28), WorkCalendar(tables))

    assert due == Due(date(2027, 1, 11))
    assert WorkCalendar(tables).known_years() == range(2004, 2028)


def test_a_table_replaces_an_announced_year_whole() -> None:
    calendar = WorkCalendar(read_tables({"2026": {"holidays": [], "worked": []}}))

    assert calendar.is_working(date(2026, 10, 1))
    assert not calendar.is_working(date(2026, 10, 10))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"27": {}}, "not a year of four digits"),
        ({"2027": {"holidays": "2027-01-01"}}, "expected a list of days"),
        ({"2027": {"holidays": ["1. Januar"]}}, "is no day"),
        ({"2027": {"holidays": ["2026-01-01"]}}, "not a range of days within 2027"),
        ({"2027": {"holidays": ["2027-02-11/2027-02-05"]}}, "not a range of days within 2027"),
        ({"2027": {"worked": ["2027-01-04"]}}, "no Saturday or Sunday"),
    ],
)
def test_a_malformed_table_names_the_entry(data: dict[str, dict[str, object]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_tables(data)


def test_the_event_day_counts_only_when_the_rule_says_so() -> None:
    monday = date(2026, 3, 2)

    assert Deadline(Unit.WORKING_DAYS, 5).due(monday, CALENDAR).day == date(2026, 3, 9)
    assert Deadline(Unit.WORKING_DAYS, 5, includes_event_day=True).due(monday, CALENDAR).day == date(2026, 3, 6)
    assert Deadline(Unit.NATURAL_DAYS, 7, includes_event_day=True, moves_to_working_day=False).due(
        monday, CALENDAR
    ).day == date(2026, 3, 8)


def test_a_last_day_on_a_holiday_moves_behind_it() -> None:
    event = date(2026, 9, 1)

    assert Deadline(Unit.NATURAL_DAYS, 30).due(event, CALENDAR).day == date(2026, 10, 8)
    assert Deadline(Unit.NATURAL_DAYS, 30, moves_to_working_day=False).due(event, CALENDAR).day == date(2026, 10, 1)


def test_months_end_on_the_corresponding_or_last_day() -> None:
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert add_months(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert month_end(date(2026, 12, 31)) == date(2026, 12, 31)


def test_the_last_day_ends_at_midnight_in_beijing() -> None:
    deadline = Deadline(Unit.WORKING_DAYS, 1)
    event = date(2026, 3, 2)

    just_in_time = deadline.standing(event, datetime(2026, 3, 3, 15, 59, 59, tzinfo=UTC), CALENDAR)
    too_late = deadline.standing(event, datetime(2026, 3, 3, 16, 0, tzinfo=UTC), CALENDAR)

    assert (just_in_time.is_overdue, just_in_time.days_left) == (False, 0)
    assert (too_late.is_overdue, too_late.days_left, too_late.working_days_left) == (True, -1, -1)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="pass an aware datetime"):
        beijing_day(datetime(2026, 3, 3))  # noqa: DTZ001 - the refusal is tested


def test_a_negative_period_is_refused() -> None:
    with pytest.raises(ValueError, match="a period is not negative"):
        Deadline(Unit.WORKING_DAYS, -1)


def test_overdue_items_come_longest_overdue_first() -> None:
    items = [("late", Due(date(2026, 3, 5))), ("later", Due(date(2026, 3, 2))), ("open", Due(date(2026, 3, 9)))]

    overdue, following = next_due(items, datetime(2026, 3, 6, 9, tzinfo=BEIJING))

    assert overdue == ["later", "late"]
    assert following == ("open", Due(date(2026, 3, 9)))


@given(DAYS, st.sampled_from(Rhythm), st.sampled_from([-1, 1, 15, 31]), st.sampled_from([0, -1, 1, 3]))
def test_a_recurring_day_is_never_before_the_day_asked_for(day: date, rhythm: Rhythm, on: int, nth: int) -> None:
    calendar = WorkCalendar(provisional=True)
    recurring = Recurring(rhythm, day=on, working_day=nth)

    found = recurring.next(day, calendar).day

    assert found >= day
    assert calendar.is_working(found)
    assert recurring.next(found, calendar).day == found


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"day": 32}, "use 1 to 31"), ({"month": 0}, "use 1 to 12"), ({"working_day": 16}, "use 1 to 15")],
)
def test_an_impossible_rhythm_is_refused(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Recurring(Rhythm.MONTHLY, **wrong)
