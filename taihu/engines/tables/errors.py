"""A file that is no readable table: a stable code, the place, the cause and the next step."""

from __future__ import annotations

from typing import Any

__all__ = ["TableError"]


class TableError(ValueError):
    """The file as a whole cannot be read.

    Attributes
    ----------
    code : str
        ``empty``, ``no_rows``, ``truncated``, ``not_a_table``, ``too_large``, ``encoding``, ``duplicate_column``,
        ``missing_columns``, ``workbook``, ``sheet``.
    data : dict
        What the message is made of, for callers that say it in another language.
    """

    def __init__(self, code: str, message: str, **data: Any) -> None:
        self.code, self.data = code, data
        super().__init__(message)
