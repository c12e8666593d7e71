"""The editor's verbs: start a policy or a version, keep what was typed, throw it away."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.models import Account
from taihu.systems.policies.actions.policies import check_text, save_draft
from taihu.systems.policies.actions.working_texts import keep_typed, refuse_too_long
from taihu.systems.policies.editing.plain import put, read_plain, write_text
from taihu.systems.policies.enums import VersionState
from taihu.systems.policies.models import PolicyVersion, WorkingText
from taihu.systems.policies.permissions import can_edit_policies
from taihu.systems.policies.rulebook import text_digest


def start_policy(
    *, acting_user: Account, at: datetime, policy: str, version: str, title: str, document: str, effective_from: date
) -> PolicyVersion:
    """A draft with a head, one clause and an amount of nothing: the smallest text that loads."""
    skeleton = {
        "policy": policy,
        "version": version,
        "title": title,
        "document": document,
        "level": "city",
        "effective": {"from": effective_from.isoformat()},
        "conditions": {
            "all": [
                {
                    "id": "full-time",
                    "text": {"zh": "在本市全职工作", "en": "works full time"},
                    "article": "一",
                    "test": "is_full_time",
                }
            ]
        },
        "amount": "0元",
    }
    return save_draft(acting_user=acting_user, at=at, text=write_text(skeleton))


def start_version(
    *, acting_user: Account, at: datetime, base: PolicyVersion, version: str, document: str, effective_from: date
) -> PolicyVersion:
    """A draft that is to take over from a published version on a date, beginning with its text."""
    if base.state != VersionState.PUBLISHED:
        raise Refused("not_published", _("只能从已发布的版本开始新版本。"))
    if base.effective_from and effective_from <= base.effective_from:
        raise Refused(
            "too_early",
            _("新版本的生效日期应晚于旧版本的 %(day)s。") % {"day": base.effective_from},
            field="effective_from",
        )
    document_ = read_plain(base.text)
    put(document_, "version", version)
    put(document_, "document", document)
    put(document_, "effective/from", effective_from.isoformat())
    put(document_, "cases", None)
    return save_draft(acting_user=acting_user, at=at, text=write_text(document_), replaces=base)


@transaction.atomic
def keep_text(*, acting_user: Account, at: datetime, version: PolicyVersion, text: str, revision: int) -> WorkingText:
    """Keep what was typed into a draft, whether it loads or not; a text that loads becomes the draft.

    `revision` is that of the page: somebody else's newer text is not overwritten.
    """
    if not can_edit_policies(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以编写政策。"))
    refuse_too_long(text)
    current = PolicyVersion.objects.select_for_update().get(pk=version.pk)
    if current.state != VersionState.DRAFT:
        raise Refused("not_a_draft", _("已发布的文本不能修改。"), _("请另建一个新版本。"), field="text")
    kept = keep_typed(
        WorkingText.objects.all(), {"version": current}, acting_user=acting_user, at=at, text=text, revision=revision
    )
    data = {"digest": text_digest(text), "revision": kept.revision}
    record(at=at, acting_user=acting_user, action="policies.keep_text", subject=current, data=data)
    if current.text != text and loads(text, current):
        save_draft(acting_user=acting_user, at=at, text=text, version=current)
    return kept


def loads(text: str, version: PolicyVersion) -> bool:
    """Can this become the text of the draft?"""
    try:
        checked = check_text(text, replaces=version.replaces)
    except Refused:
        return False
    same = PolicyVersion.objects.filter(policy=checked.policy.id, version=checked.policy.version).exclude(pk=version.pk)
    return not same.exists()


def discard_draft(*, acting_user: Account, at: datetime, version: PolicyVersion) -> None:
    """Throw a draft away; the log keeps that it was there."""
    if not can_edit_policies(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以编写政策。"))
    with transaction.atomic():
        current = PolicyVersion.objects.select_for_update().get(pk=version.pk)
        if current.state != VersionState.DRAFT:
            raise Refused("not_a_draft", _("只有草稿可以删除。"), _("已发布的版本请停用。"))
        data = {"key": current.key, "digest": current.digest}
        record(at=at, acting_user=acting_user, action="policies.discard", subject=current, data=data)
        current.delete()
