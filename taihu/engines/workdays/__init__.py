"""Working days with adjusted holidays, and legal deadlines counted in them.

All days are calendar days in Beijing (Asia/Shanghai, UTC+8 without summer time since 1991). Nothing here reads a clock.

>>> from datetime import date
>>> calendar = WorkCalendar()
>>> calendar.add(date(2026, 9, 24), 5)
datetime.date(2026, 10, 9)
>>> notice = Deadline(Unit.WORKING_DAYS, 5, event="公示开始")
>>> notice.due(date(2026, 9, 24), calendar).day
datetime.date(2026, 10, 9)
"""

from taihu.engines.workdays.calendar import BEIJING, CalendarUnknown, WorkCalendar, YearTable, beijing_day, read_tables
from taihu.engines.workdays.deadlines import Deadline, Due, Standing, Unit, next_due
from taihu.engines.workdays.recurring import Recurring, Rhythm

__all__ = [
    "BEIJING",
    "CalendarUnknown",
    "Deadline",
    "Due",
    "Recurring",
    "Rhythm",
    "Standing",
    "Unit",
    "WorkCalendar",
    "YearTable",
    "beijing_day",
    "next_due",
    "read_tables",
]
