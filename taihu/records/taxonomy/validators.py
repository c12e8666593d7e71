from typing import Any

from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from taihu.records.taxonomy.queries import is_code, list_info


@deconstructible
class CodeValidator:
    """A value must be a code of a list, and of one of the given levels where levels are given."""

    def __init__(self, kind: str, *, levels: tuple[int, ...] = ()) -> None:
        self.kind = kind
        self.levels = levels

    def __call__(self, value: str) -> None:
        if any(is_code(self.kind, value, level=level) for level in self.levels or (None,)):
            return
        raise ValidationError(
            _("“%(value)s”不是有效的%(list)s代码，请从列表中选择。"),
            code="unknown_code",
            params={"value": value, "list": list_info(self.kind).name},
        )

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, CodeValidator) and (self.kind, self.levels) == (other.kind, other.levels)

    def __hash__(self) -> int:
        return hash((self.kind, self.levels))
