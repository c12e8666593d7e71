"""When a track takes applications: the window of the call, and the personal deadline of the applicant."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from taihu.engines.rules.checker import Checker, Scope
from taihu.engines.rules.civil import from_days, to_days
from taihu.engines.rules.errors import NOWHERE
from taihu.engines.rules.kinds import Kind
from taihu.engines.rules.people import Person as RulePerson
from taihu.engines.rules.reader import Reader
from taihu.engines.rules.syntax import parse
from taihu.engines.workdays.calendar import month_end, quarter_last_month
from taihu.records.base.clock import CITY_ZONE, city_date
from taihu.systems.policies.enums import CallState, WindowShape
from taihu.systems.policies.models import Call, Track
from taihu.systems.policies.rulebook import city_catalogue

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """`closes_at` is the first moment that is too late; None: no end. `opens_at` of a closed window: the next opening."""

    is_open: bool
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    @property
    def is_whole_day(self) -> bool:
        """Whether it closes at midnight: then the last day is what people know."""
        return self.closes_at is not None and self.closes_at.astimezone(CITY_ZONE).time() == time()


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=CITY_ZONE)


def window_of(call: Call, track: Track | None = None, *, at: datetime) -> Window:
    """The window at a moment: open with its end, or closed with the next opening if there is one."""
    window = _SHAPES[WindowShape(call.window)](call, at)
    ends = [moment for moment in (window.closes_at, track.closes_at if track else None) if moment is not None]
    closes_at = min(ends, default=None)
    if call.state != CallState.PUBLISHED or (closes_at is not None and at >= closes_at):
        return Window(False, window.opens_at if window.opens_at and window.opens_at > at else None, closes_at)
    return Window(window.is_open, window.opens_at, closes_at)


def _fixed(call: Call, at: datetime) -> Window:
    """Of several periods, the one that runs or comes next; after all of them, the last."""
    periods = fixed_periods(call)
    opens, closes = next((item for item in periods if item[1] is None or at < item[1]), periods[-1])
    is_open = (opens is None or opens <= at) and (closes is None or at < closes)
    return Window(is_open, opens, closes)


def fixed_periods(call: Call) -> list[tuple[datetime | None, datetime | None]]:
    """First moment and first moment too late of each."""
    found = [(datetime.fromisoformat(opens), datetime.fromisoformat(closes)) for opens, closes in call.periods]
    return [*found] or [(call.opens_at, call.closes_at)]


def several_periods(call: Call) -> list[tuple[datetime | None, datetime | None]]:
    """For pages: nothing where one window says it all."""
    return fixed_periods(call) if call.window == WindowShape.FIXED and call.periods else []


def _yearly(call: Call, at: datetime) -> Window:
    year = city_date(at).year
    for number in (year, year + 1):
        for first, last in call.periods or [(call.yearly_from, call.yearly_to)]:
            opens = _start(date.fromisoformat(f"{number}-{first}"))
            closes = _start(date.fromisoformat(f"{number}-{last}") + DAY)
            if at < closes:
                return Window(opens <= at, opens, closes)
    raise AssertionError("next year's window lies ahead")


def _quarter_end(call: Call, at: datetime) -> Window:
    first = quarter_last_month(city_date(at))
    opens, closes = _start(first), _start(month_end(first) + DAY)
    return Window(opens <= at, opens, closes)


def _always(call: Call, at: datetime) -> Window:
    return Window(True, call.opens_at, None)


_SHAPES = {
    WindowShape.FIXED: _fixed,
    WindowShape.YEARLY: _yearly,
    WindowShape.QUARTER_END: _quarter_end,
    WindowShape.ALWAYS: _always,
}


def check_deadline(text: str) -> None:
    """Raise PolicyError where the expression of a personal deadline is none."""
    Checker(Scope(city_catalogue())).of_kind(parse(text, NOWHERE), Kind.DATE)


def personal_deadline(track: Track, person: RulePerson, day: date) -> date | None:
    """The first day that is too late for this applicant; None where the track sets none or the facts do not tell."""
    if not track.personal_deadline:
        return None
    catalogue = city_catalogue()
    expr = Checker(Scope(catalogue)).of_kind(parse(track.personal_deadline, NOWHERE), Kind.DATE)
    found = Reader(catalogue, person, to_days(day)).value(expr)
    return None if found is None else from_days(found)
