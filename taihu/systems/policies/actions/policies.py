"""Drafts, publication and withdrawal of policy versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.engines.rules.cases import run_cases
from taihu.engines.rules.civil import from_days
from taihu.engines.rules.errors import PolicyError, Problem
from taihu.engines.rules.kinds import DATE_MIN, OPEN_DATE
from taihu.engines.rules.results import CaseResult
from taihu.engines.rules.sets import PolicySet
from taihu.engines.rules.tree import Policy
from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.base.language import language
from taihu.records.identity.models import Account
from taihu.systems.policies.enums import VersionState
from taihu.systems.policies.events import PolicyPublished, PolicyWithdrawn
from taihu.systems.policies.models import Forecast, PolicyVersion
from taihu.systems.policies.permissions import can_edit_policies, can_publish_policies
from taihu.systems.policies.queries.editing import authors_of, why_not_publishable
from taihu.systems.policies.rulebook import (
    beside,
    check_texts,
    example_texts,
    published_versions,
    rules_of,
    text_digest,
)

SHOWN_PROBLEMS = 3


@dataclass(frozen=True)
class Checked:
    """A text that loads: its tree, what the checker advises, and how its cases came out."""

    policy: Policy
    advice: tuple[Problem, ...]
    cases: tuple[CaseResult, ...]
    rules: PolicySet


def check_text(text: str, *, file: str = "policy.yaml", replaces: PolicyVersion | None = None) -> Checked:
    """Load one text beside everything published (its own key aside) and run its cases.

    The version that it `replaces` ends where this one takes effect.

    Raises
    ------
    Refused
        It does not load, or not beside the others; `data["problems"]` has every finding.
    """
    texts = {file: text}
    try:
        alone = check_texts(texts).policies[0]
    except PolicyError as error:
        if not _may_need_others(error):
            raise _refused(error) from error
        alone = None
    others = [version for version in published_versions() if alone is None or version.key != alone.key]
    try:
        loaded = beside(others, texts, replaces)
    except PolicyError as error:
        raise _refused(error) from error
    policy = next(item for item in loaded.policies if item.file == file)
    cases = tuple(item for item in run_cases(loaded) if item.policy == policy.key)
    return Checked(policy, tuple(item for item in loaded.advice if item.place.file == file), cases, loaded)


def _may_need_others(error: PolicyError) -> bool:
    """A text that reads another policy's result cannot be understood alone."""
    return any("policy" in item.code for item in error.problems)


def _refused(error: PolicyError) -> Refused:
    shown = "\n".join(item.text(language()) for item in error.problems[:SHOWN_PROBLEMS])
    return Refused(
        "policy_text",
        _("政策文本有 %(count)s 处错误：%(shown)s") % {"count": len(error.problems), "shown": shown},
        _("请按提示修改后再试。"),
        field="text",
        problems=error.problems,
    )


@transaction.atomic
def save_draft(
    *,
    acting_user: Account,
    at: datetime,
    text: str,
    version: PolicyVersion | None = None,
    replaces: PolicyVersion | None = None,
) -> PolicyVersion:
    """Write a draft, new or again. Only a text that loads is kept; cases may still fail until it is published."""
    if not can_edit_policies(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以编写政策。"))
    replaced = version.replaces if version else replaces
    checked = check_text(text, replaces=replaced)
    if replaced is not None and replaced.policy != checked.policy.id:
        raise Refused(
            "other_policy",
            _("这份草稿接替 %(key)s，编号不能改。") % {"key": replaced.key},
            _("请把 policy 改回 %(id)s，或另建一个政策。") % {"id": replaced.policy},
            field="text",
        )
    values = columns_of(checked.policy, text)
    if version is None:
        _refuse_existing(checked.policy)
        made = PolicyVersion.objects.create(
            **values, replaces=replaces, created_by=acting_user, created_at=at, changed_at=at
        )
        record(at=at, acting_user=acting_user, action="policies.draft", subject=made, data={"digest": made.digest})
        return made
    _refuse_existing(checked.policy, but=version)
    if not PolicyVersion.objects.filter(pk=version.pk, state=VersionState.DRAFT).update(**values, changed_at=at):
        raise Refused("not_a_draft", _("已发布的文本不能修改。"), _("请另建一个新版本。"), field="text")
    version.refresh_from_db()
    record(at=at, acting_user=acting_user, action="policies.redraft", subject=version, data={"digest": version.digest})
    return version


def _refuse_existing(policy: Policy, *, but: PolicyVersion | None = None) -> None:
    rows = PolicyVersion.objects.filter(policy=policy.id, version=policy.version)
    if (rows.exclude(pk=but.pk) if but else rows).exists():
        raise Refused(
            "policy_exists",
            _("已有 %(key)s 这个版本。") % {"key": policy.key},
            _("请换一个版本号。"),
            field="text",
        )


@transaction.atomic
def publish_version(
    *, acting_user: Account, at: datetime, version: PolicyVersion, forecast: Forecast | None = None
) -> PolicyVersion:
    """Make a draft binding: it loads beside the published ones, every case comes out, its effect on the city was seen.

    `forecast` is the one that the decider looked at; whoever wrote the text cannot be the one who publishes it.
    """
    if not can_publish_policies(acting_user, at=at):
        raise NotAllowed("not_decider", _("只有审批负责人可以发布政策。"))
    current = PolicyVersion.objects.select_for_update(of=("self",)).select_related("replaces").get(pk=version.pk)
    if current.state != VersionState.DRAFT:
        raise Refused("not_a_draft", _("只有草稿可以发布。"))
    if acting_user in authors_of(current):
        raise Refused("four_eyes", _("编写的人不能自己发布。"), _("请由另一位审批负责人发布。"))
    checked = check_text(current.text, replaces=current.replaces)
    if not checked.cases:
        raise Refused(
            "no_cases", _("这个政策没有算例。"), _("请在文本中写至少一个算例（cases），说明给定情况应得多少。")
        )
    failed = [item for item in checked.cases if not item.passed]
    if failed:
        shown = "；".join(f"{item.case}：{item.differences[0].message(language())}" for item in failed[:SHOWN_PROBLEMS])
        raise Refused(
            "cases_fail",
            _("%(count)s 个算例与规则不符：%(shown)s") % {"count": len(failed), "shown": shown},
            _("请修改规则或算例，使两者一致。"),
        )
    refusal = why_not_publishable(current, forecast)
    if refusal is not None:
        raise refusal
    return _publish(current, acting_user, at, {"forecast": forecast.pk if forecast else None})


def _publish(
    version: PolicyVersion, acting_user: Account | None, at: datetime, more: Mapping[str, Any] | None = None
) -> PolicyVersion:
    version.state, version.published_by, version.published_at = VersionState.PUBLISHED, acting_user, at
    version.save(update_fields=["state", "published_by", "published_at"])
    data = {"digest": version.digest, **(more or {})}
    record(at=at, acting_user=acting_user, action="policies.publish", subject=version, data=data)
    publish(PolicyPublished(version_id=version.pk), at=at)
    return version


@transaction.atomic
def withdraw_version(*, acting_user: Account, at: datetime, version: PolicyVersion, reason: str) -> PolicyVersion:
    """Stop applying a published version; its text and every decision made under it stay readable."""
    if not can_publish_policies(acting_user, at=at):
        raise NotAllowed("not_decider", _("只有审批负责人可以停用政策。"))
    if not reason.strip():
        raise Refused("reason", _("请写明原因。"), field="reason")
    _refuse_needed(version)
    values: dict[str, Any] = {
        "state": VersionState.WITHDRAWN,
        "withdrawn_by": acting_user,
        "withdrawn_at": at,
        "withdrawn_reason": reason.strip()[:200],
    }
    if not PolicyVersion.objects.filter(pk=version.pk, state=VersionState.PUBLISHED).update(**values):
        raise Refused("not_published", _("只有已发布的版本可以停用。"))
    version.refresh_from_db()
    record(at=at, acting_user=acting_user, action="policies.withdraw", subject=version, data={"reason": reason.strip()})
    publish(PolicyWithdrawn(version_id=version.pk), at=at)
    return version


def _refuse_needed(version: PolicyVersion) -> None:
    """Another policy that reads this one's result could not be evaluated any more."""
    try:
        rules_of([item for item in published_versions() if item.pk != version.pk])
    except PolicyError as error:
        raise Refused(
            "policy_needed",
            _("停用后其他政策无法核算：%(shown)s") % {"shown": error.problems[0].text()},
            _("请先停用或修改引用它的政策。"),
        ) from error


@transaction.atomic
def import_examples(*, acting_user: Account | None, at: datetime) -> list[PolicyVersion]:
    """Publish the example policies that ship with the software; those already here are left alone.

    Refused before anything is written if one of them does not load or one of their cases does not come out.
    """
    if acting_user is not None and not can_publish_policies(acting_user, at=at):
        raise NotAllowed("not_decider", _("只有审批负责人可以发布政策。"))
    known = {version.key for version in PolicyVersion.objects.only("policy", "version")}
    fresh = _fresh_examples(known)
    try:
        loaded = beside(published_versions(), fresh)
    except PolicyError as error:
        raise _refused(error) from error
    failed = [item for item in run_cases(loaded) if not item.passed]
    if failed:
        raise Refused("cases_fail", _("算例与规则不符：%(shown)s") % {"shown": f"{failed[0].policy} {failed[0].case}"})
    made = []
    for policy in loaded.policies:
        if policy.file in fresh:
            version = PolicyVersion.objects.create(
                **columns_of(policy, fresh[policy.file]), created_by=acting_user, created_at=at, changed_at=at
            )
            made.append(_publish(version, acting_user, at))
    return made


def _fresh_examples(known: set[str]) -> Mapping[str, str]:
    texts = example_texts()
    keys = {policy.file: policy.key for policy in check_texts(texts).policies}
    return {file: text for file, text in texts.items() if keys[file] not in known}


def columns_of(policy: Policy, text: str) -> dict[str, Any]:
    """What is copied out of a text into the row."""
    return {
        "policy": policy.id,
        "version": policy.version,
        "text": text,
        "digest": text_digest(text),
        "title": policy.title.zh,
        "title_en": policy.title.en,
        "document_number": policy.document,
        "issuer": policy.issuer,
        "level": policy.level,
        "area_code": policy.area,
        "effective_from": _date(policy.effective_from),
        "effective_to": _date(policy.effective_to),
        "is_example": policy.is_example,
    }


def _date(day: int) -> date | None:
    return None if day <= DATE_MIN or day >= OPEN_DATE else from_days(day)
