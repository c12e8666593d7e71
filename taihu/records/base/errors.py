"""Refusals are product text: cause, place, next step."""

from typing import Any


class Refused(Exception):
    """An action said no before changing anything.

    `code` is stable for programs, `message` says why, `next_step` what the person can do, `field` where in the input.
    """

    status = 409

    def __init__(
        self, code: str, message: object, next_step: object = "", *, field: str | None = None, **data: Any
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.next_step = next_step
        self.field = field
        self.data = data

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.message, self.next_step) if part)


class NotAllowed(Refused):
    """The acting account lacks the right."""

    status = 403
