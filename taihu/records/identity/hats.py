"""Which of an account's hats the reader wears: kept in the session under one name, read by every floor above."""

from typing import Any

SESSION_KEY = "hat"
_EMPLOYER = "employer:"


def employer_hat(organisation_id: int) -> str:
    return f"{_EMPLOYER}{organisation_id}"


def chosen_employer(session: Any) -> int | None:
    """The employer in whose name the reader chose to act, if that is the hat they wear."""
    key = str(session.get(SESSION_KEY, ""))
    number = key.removeprefix(_EMPLOYER)
    return int(number) if key.startswith(_EMPLOYER) and number.isdecimal() else None
