"""The call editor's verbs: keep what was typed, throw a draft or a correction away."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import Refused
from taihu.records.identity.models import Account
from taihu.systems.policies.actions.calls import require_editor, save_call
from taihu.systems.policies.actions.working_texts import keep_typed, refuse_too_long
from taihu.systems.policies.call_checks import look_at_call
from taihu.systems.policies.enums import CallState
from taihu.systems.policies.models import Call, CallText
from taihu.systems.policies.rulebook import text_digest


@transaction.atomic
def keep_call_text(*, acting_user: Account, at: datetime, call: Call, text: str, revision: int) -> CallText:
    """Keep what was typed, whether it loads or not. In a draft, a text that loads becomes the call.

    Of a published call it is a correction in preparation, which nobody sees until it is published as one.
    """
    require_editor(acting_user, call.office_unit, at)
    refuse_too_long(text)
    current = Call.objects.select_for_update().get(pk=call.pk)
    kept = keep_typed(
        CallText.objects.all(), {"call": current}, acting_user=acting_user, at=at, text=text, revision=revision
    )
    data = {"digest": text_digest(text), "revision": kept.revision}
    record(at=at, acting_user=acting_user, action="policies.keep_call", subject=current, data=data)
    if current.state == CallState.DRAFT and current.source != text and _loads(text, current):
        save_call(acting_user=acting_user, at=at, source=text, office=current.office_unit, call=current)
    return kept


def _loads(text: str, call: Call) -> bool:
    return not look_at_call(text, office=call.office_unit, call=call).errors


@transaction.atomic
def discard_call(*, acting_user: Account, at: datetime, call: Call) -> None:
    """Throw a draft away, or the correction of a published call; the log keeps that it was there."""
    require_editor(acting_user, call.office_unit, at)
    current = Call.objects.select_for_update().get(pk=call.pk)
    data = {"code": current.code, "digest": text_digest(current.source)}
    if current.state == CallState.DRAFT:
        record(at=at, acting_user=acting_user, action="policies.discard_call", subject=current, data=data)
        current.delete()
        return
    if not CallText.objects.filter(call=current).delete()[0]:
        raise Refused("nothing_changed", _("没有改动。"))
    record(at=at, acting_user=acting_user, action="policies.discard_correction", subject=current, data=data)
