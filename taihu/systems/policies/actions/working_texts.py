"""Keep what was typed into an editor, whether it loads or not."""

from datetime import datetime
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from taihu.records.base.errors import Refused
from taihu.records.identity.models import Account
from taihu.systems.policies.models import CallText, WorkingText

MAX_TEXT = 1_048_576
T = TypeVar("T", WorkingText, CallText)


def refuse_too_long(text: str, *, field: str = "text") -> None:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT:
        raise Refused("too_long", _("文本超过 1 MB。"), _("请拆成几份。"), field=field)


def keep_typed(
    rows: QuerySet[T], owner: dict[str, Model], *, acting_user: Account, at: datetime, text: str, revision: int
) -> T:
    """Store the text. `revision` is that of the page: somebody else's newer text is not overwritten."""
    kept = rows.select_for_update().filter(**owner).first()
    if (kept.revision if kept else 0) != revision:
        raise Refused(
            "newer_text",
            _("%(who)s 刚刚改过这份草稿。") % {"who": kept.changed_by if kept else ""},
            _("请另开一页查看最新内容，把您的改动并入后再保存。"),
            field="text",
        )
    values = {"text": text, "changed_by": acting_user, "changed_at": at}
    if kept is None:
        return rows.create(**owner, revision=1, **values)
    rows.filter(pk=kept.pk).update(revision=revision + 1, **values)
    kept.refresh_from_db()
    return kept
