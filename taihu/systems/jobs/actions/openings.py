"""The life of an opening: draft, check, publish, pause, renew, close, expire."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.clock import city_date
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.base.working_days import last_day
from taihu.records.identity.enums import OrganisationState
from taihu.records.identity.models import Account, Organisation
from taihu.records.identity.permissions import can_recruit_for
from taihu.records.identity.queries import has_licence_in_force
from taihu.systems.jobs.actions.copies import link_copy, relink_copies
from taihu.systems.jobs.actions.notices import tell_employer
from taihu.systems.jobs.enums import CloseReason, FindingLevel, OpeningState
from taihu.systems.jobs.events import OpeningListed, OpeningUnlisted
from taihu.systems.jobs.models import Opening, OpeningReview, Takedown
from taihu.systems.jobs.permissions import can_edit_opening
from taihu.systems.jobs.screening import REVIEW_WORKING_DAYS, due_after, store_findings
from taihu.systems.jobs.validators import OpeningFields, check_fields, check_valid_through, missing_by_law

WARN_BEFORE = timedelta(days=7)
EDITABLE = {OpeningState.DRAFT, OpeningState.REVIEW, OpeningState.PUBLISHED, OpeningState.PAUSED, OpeningState.EXPIRED}


@transaction.atomic
def create_opening(*, acting_user: Account, at: datetime, organisation: Organisation, fields: OpeningFields) -> Opening:
    """Write a draft. An account posts for its own employer and its branches only."""
    if not can_recruit_for(acting_user, organisation):
        raise NotAllowed("not_recruiter", _("您不是这家单位的招聘人员。"), _("请让单位负责人把您加为招聘人员。"))
    check_fields(fields)
    values = asdict(fields)
    opening = Opening.objects.create(
        organisation=organisation, created_by=acting_user, created_at=at, updated_at=at, **values
    )
    store_findings(opening, at=at)
    record(at=at, action="opening.created", subject=opening, acting_user=acting_user, data={"title": opening.title})
    return opening


@transaction.atomic
def change_opening(*, acting_user: Account, at: datetime, opening: Opening, fields: OpeningFields) -> Opening:
    """Change what an opening says.

    What is published or waits for an officer must keep what the law asks for; flagged text goes (back) to review, and
    what is clean again needs none.
    """
    _check_editor(acting_user, opening)
    if opening.state not in EDITABLE:
        raise Refused("opening_ended", _("这个岗位已经结束，不能修改。"), _("请复制为新岗位。"))
    check_fields(fields)
    changed = sorted(name for name, value in asdict(fields).items() if getattr(opening, name) != value)
    for name in changed:
        setattr(opening, name, getattr(fields, name))
    opening.updated_at = at
    opening.save(update_fields=[*changed, "updated_at"])
    store_findings(opening, at=at)
    record(at=at, action="opening.changed", subject=opening, acting_user=acting_user, data={"fields": changed})
    if opening.state in {OpeningState.PUBLISHED, OpeningState.REVIEW} and changed:
        _check_content(opening)
        _publish_or_review(opening, at=at)
    return opening


@transaction.atomic
def publish_opening(*, acting_user: Account, at: datetime, opening: Opening, valid_through: datetime) -> Opening:
    """Publish if the law's fields are there and the text is clean; flagged text waits for an officer."""
    _check_editor(acting_user, opening)
    if opening.state not in {OpeningState.DRAFT, OpeningState.EXPIRED, OpeningState.PAUSED}:
        raise Refused("opening_state", _("当前状态不能发布。"), _("请刷新页面查看最新状态。"))
    _check_publishable(opening, at=at)
    check_valid_through(valid_through, at)
    opening.valid_through = valid_through
    opening.save(update_fields=["valid_through"])
    store_findings(opening, at=at)
    _publish_or_review(opening, at=at)
    record(at=at, action="opening.published", subject=opening, acting_user=acting_user, data={"state": opening.state})
    return opening


def _check_publishable(opening: Opening, *, at: datetime) -> None:
    organisation = opening.organisation
    until = organisation.verified_until
    if organisation.state != OrganisationState.VERIFIED or until is None or until <= at:
        step = _("请先在单位资料页提交核验。")
        raise Refused("organisation_unverified", _("单位尚未通过核验，不能发布岗位。"), step)
    if organisation.is_agency and not has_licence_in_force(organisation, at=at):
        step = _("请先在单位资料页更新许可证。")
        raise Refused("agency_licence", _("人力资源服务许可证已经过期，不能发布岗位。"), step)
    _check_content(opening)


def _check_content(opening: Opening) -> None:
    missing = missing_by_law(opening)
    if missing:
        message = _("缺少法律规定的内容：%(what)s。") % {"what": "；".join(advice for _name, advice in missing)}
        raise Refused("opening_incomplete", message, _("请补充后再发布。"), field=missing[0][0])
    blocked = opening.findings.filter(level=FindingLevel.BLOCK, overruled_at__isnull=True).first()
    if blocked is not None:
        message = _("“%(text)s”不能出现在招聘信息里。") % {"text": blocked.excerpt}
        raise Refused("opening_unlawful", message, _("请删除或改写后再发布。"), field=blocked.field)


def _publish_or_review(opening: Opening, *, at: datetime) -> None:
    is_clean = not opening.findings.filter(overruled_at__isnull=True).exists()
    if is_clean:
        opening.state = OpeningState.PUBLISHED
        opening.published_at = opening.published_at or at
        opening.refreshed_at = at
        _end_reviews(opening, at=at)
    else:
        opening.state = OpeningState.REVIEW
        due_at = due_after(at, REVIEW_WORKING_DAYS)
        OpeningReview.objects.get_or_create(
            opening=opening, decided_at__isnull=True, defaults={"requested_at": at, "due_at": due_at}
        )
    opening.save(update_fields=["state", "published_at", "refreshed_at"])
    show_one_of_copies(opening, at=at)


def show_one_of_copies(opening: Opening, *, at: datetime) -> None:
    """After a change of state or text: a copy is linked and not shown, and copies of what is no longer shown may be."""
    if opening.state == OpeningState.PUBLISHED:
        link_copy(opening, at=at)
    refresh_listing([opening, *relink_copies(opening, at=at)], at=at)


def _end_reviews(opening: Opening, *, at: datetime) -> None:
    """What no longer waits leaves the officers' queue, undecided."""
    OpeningReview.objects.filter(opening=opening, decided_at__isnull=True).update(decided_at=at)


@transaction.atomic
def withdraw_from_review(*, acting_user: Account, at: datetime, opening: Opening) -> None:
    """Take a flagged opening back to the drafts before an officer has looked at it."""
    _check_editor(acting_user, opening)
    _move(opening, {OpeningState.REVIEW}, OpeningState.DRAFT, acting_user=acting_user, at=at, verb="taken_back")
    _end_reviews(opening, at=at)


@transaction.atomic
def pause_opening(*, acting_user: Account, at: datetime, opening: Opening) -> None:
    _check_editor(acting_user, opening)
    _move(opening, {OpeningState.PUBLISHED}, OpeningState.PAUSED, acting_user=acting_user, at=at, verb="paused")


@transaction.atomic
def renew_opening(*, acting_user: Account, at: datetime, opening: Opening, valid_through: datetime) -> None:
    """Confirm that the opening is still true and prolong it (刷新)."""
    _check_editor(acting_user, opening)
    if opening.state != OpeningState.PUBLISHED:
        raise Refused("opening_state", _("只有招聘中的岗位可以延期。"), _("请先发布岗位。"))
    _check_publishable(opening, at=at)
    check_valid_through(valid_through, at)
    opening.valid_through, opening.refreshed_at = valid_through, at
    opening.save(update_fields=["valid_through", "refreshed_at"])
    refresh_listing([opening], at=at)
    record(at=at, action="opening.renewed", subject=opening, acting_user=acting_user, data={"until": valid_through})


@transaction.atomic
def close_opening(*, acting_user: Account, at: datetime, opening: Opening, reason: str = CloseReason.CANCELLED) -> None:
    """End an opening for good; `answers.end_opening` also answers whoever still waits."""
    _check_editor(acting_user, opening)
    if reason not in CloseReason.values:
        raise Refused("close_reason", _("请选择结束的原因。"), field="reason")
    data = {"reason": str(reason)}
    _move(opening, EDITABLE, OpeningState.CLOSED, acting_user=acting_user, at=at, verb="closed", data=data)
    _end_reviews(opening, at=at)


@transaction.atomic
def discard_draft(*, acting_user: Account, at: datetime, opening: Opening) -> None:
    """Throw away a draft that nobody but its employer ever saw."""
    _check_editor(acting_user, opening)
    was_seen = opening.published_at is not None or opening.reviews.exists() or opening.applications.exists()
    if opening.state != OpeningState.DRAFT or was_seen:
        raise Refused("not_a_draft", _("只有从未提交过的草稿可以删除。"), _("其他岗位请结束招聘，记录依法保留。"))
    record(at=at, action="opening.discarded", subject=opening, acting_user=acting_user, data={"title": opening.title})
    opening.delete()


@transaction.atomic
def expire_openings(*, at: datetime) -> int:
    """End what is past its date; return how many. Run every few minutes by the worker."""
    due = list(
        Opening.objects.filter(state=OpeningState.PUBLISHED, valid_through__lte=at)
        .select_related("organisation")
        .order_by("pk")[:5000]
    )
    for opening in due:
        _move(opening, {OpeningState.PUBLISHED}, OpeningState.EXPIRED, acting_user=None, at=at, verb="expired")
        _tell_posters(opening, "opening_ended", at=at)
    return len(due)


@transaction.atomic
def warn_of_ending(*, at: datetime) -> int:
    """Tell employers, once for each end, which of their openings end within a week; return how many these are."""
    soon = Opening.objects.filter(
        state=OpeningState.PUBLISHED, source="", valid_through__gt=at, valid_through__lte=at + WARN_BEFORE
    )
    for opening in soon.select_related("organisation").order_by("pk"):
        assert opening.valid_through is not None
        left = (last_day(opening.valid_through) - city_date(at)).days
        _tell_posters(opening, "opening_ending", at=at, days=left)
    return len(soon)


def tell_of_review(*, opening: Opening, is_approved: bool, at: datetime) -> None:
    """The officer's answer, with its reason, in the inboxes of those who post."""
    review = opening.reviews.filter(is_approved=is_approved).order_by("-decided_at", "-pk").first()
    if review is not None:
        kind = "opening_approved" if is_approved else "opening_returned"
        _tell_posters(opening, kind, at=at, key=str(review.pk), reason=review.reason)


def tell_of_takedown(*, takedown: Takedown, at: datetime) -> None:
    data = {"article": takedown.article, "reason": takedown.reason}
    _tell_posters(takedown.opening, "opening_taken_down", at=at, key=str(takedown.pk), **data)


def _tell_posters(opening: Opening, kind: str, *, at: datetime, key: str = "", **data: Any) -> None:
    if opening.source:
        return
    until = f"{opening.valid_through:%Y%m%d}" if opening.valid_through else ""
    tell_employer(
        opening.organisation,
        kind,
        key=f"{opening.pk}:{key or until}",
        at=at,
        path=f"/employer/openings/{opening.pk}/",
        data={"title": opening.title, **data},
    )


def _move(
    opening: Opening,
    allowed: set[OpeningState],
    state: OpeningState,
    *,
    acting_user: Account | None,
    at: datetime,
    verb: str,
    data: dict[str, Any] | None = None,
) -> None:
    if opening.state not in allowed:
        raise Refused("opening_state", _("当前状态不能这样做。"), _("请刷新页面查看最新状态。"))
    claimed = Opening.objects.filter(pk=opening.pk, state=opening.state).update(state=state, updated_at=at)
    if not claimed:
        raise Refused("opening_changed", _("有人刚刚改变了这个岗位的状态。"), _("请刷新页面后再试。"))
    opening.state = state
    show_one_of_copies(opening, at=at)
    record(at=at, action=f"opening.{verb}", subject=opening, acting_user=acting_user, data=data)


def is_listable(opening: Opening, *, at: datetime) -> bool:
    """May the public see it now? Own openings need a verified employer, cited ones a named source."""
    organisation = opening.organisation
    until = organisation.verified_until
    is_verified = organisation.state == OrganisationState.VERIFIED and until is not None and until > at
    is_current = opening.valid_through is not None and opening.valid_through > at
    is_cited = bool(opening.source) and organisation.state != OrganisationState.SUSPENDED
    is_shown = opening.state == OpeningState.PUBLISHED and opening.duplicate_of_id is None
    return is_shown and is_current and (is_verified or is_cited)


def refresh_listing(openings: Iterable[Opening], *, at: datetime) -> None:
    """Bring `is_listed` up to date and tell the search index; call inside the transaction of the change."""
    for opening in openings:
        is_listed = is_listable(opening, at=at)
        if is_listed != opening.is_listed:
            opening.is_listed = is_listed
            Opening.objects.filter(pk=opening.pk).update(is_listed=is_listed)
        elif not is_listed:
            continue
        if is_listed:
            publish(OpeningListed(opening_id=opening.pk), at=at)
        else:
            publish(OpeningUnlisted(opening_id=opening.pk, reason=opening.state), at=at)


@transaction.atomic
def refresh_organisation_listing(*, organisation: Organisation, at: datetime) -> None:
    """After a verification was given or ran out: show or hide all of an employer's openings."""
    openings = Opening.objects.filter(organisation=organisation, state=OpeningState.PUBLISHED)
    refresh_listing(openings.select_related("organisation").order_by("pk"), at=at)


def _check_editor(account: Account, opening: Opening) -> None:
    if not can_edit_opening(account, opening):
        raise NotAllowed("not_recruiter", _("您不能修改这个岗位。"), _("请让单位负责人把您加为招聘人员。"))
