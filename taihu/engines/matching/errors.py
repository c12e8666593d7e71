"""The one error of the engine: what is wrong, in which row, and what to change."""

from __future__ import annotations


class MarketError(ValueError):
    """Malformed input.

    Parameters
    ----------
    code : str
        Stable machine code, for example ``"duplicate_id"``.
    message : str
        What is wrong and what to change.
    row : int or None
        First offending row (0-based), when there is one.

    Examples
    --------
    >>> raise MarketError("duplicate_id", "id 7 occurs twice", row=3)
    Traceback (most recent call last):
    ...
    taihu.engines.matching.errors.MarketError: row 3: id 7 occurs twice
    """

    def __init__(self, code: str, message: str, row: int | None = None) -> None:
        self.code = code
        self.row = row
        super().__init__(message if row is None else f"row {row}: {message}")
