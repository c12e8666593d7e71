"""The demo employer's own affairs: papers and checks, colleagues, a branch, openings in every state. By the real actions."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from taihu.portal.demo.accounts import DemoAccounts
from taihu.portal.demo.city import LABEL, CityDraw
from taihu.portal.demo.queues import licence_picture
from taihu.records.audit.actions import record
from taihu.records.identity import actions as identity
from taihu.records.identity.enums import ApiScope, MemberRole, PaperKind, VerificationState
from taihu.records.identity.models import Account, Membership, Organisation, Verification
from taihu.systems.jobs.actions import openings as actions
from taihu.systems.jobs.actions.answers import end_opening
from taihu.systems.jobs.actions.oversight import decide_review
from taihu.systems.jobs.enums import CloseReason
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.validators import OpeningFields, end_of_day

COLLEAGUES = (("recruiter", "李招聘（示例）", MemberRole.RECRUITER), ("viewer", "周财务（示例）", MemberRole.VIEWER))
BRANCH_NUMBER = 9_000_001
FLAGGED = "年龄35岁以下。"


def build_desk(draw: CityDraw, openings: Sequence[Opening], accounts: DemoAccounts) -> None:
    organisation = Organisation.objects.get(memberships__account=accounts.employer)
    mine = [opening for opening in openings if opening.organisation_id == organisation.pk and opening.is_listed]
    _papers(organisation, accounts.employer, at=draw.at - timedelta(days=200))
    _checks(draw, organisation, accounts)
    _colleagues(draw, organisation, accounts.employer)
    for opening in mine:
        assert opening.published_at is not None
        for action in ("opening.created", "opening.published"):
            record(at=opening.published_at, action=action, subject=opening, acting_user=accounts.employer)
    if mine:
        said = OpeningFields(**{field.name: getattr(mine[0], field.name) for field in fields(OpeningFields)})
        _openings(draw, organisation, accounts, said)
        _branch(draw, organisation, accounts, said)


def _papers(organisation: Organisation, account: Account, *, at: datetime) -> None:
    for kind, name in ((PaperKind.LICENCE, "营业执照（示例）.png"), (PaperKind.AGENT_ID, "经办人证明（示例）.png")):
        upload = SimpleUploadedFile(name, licence_picture(organisation))
        identity.upload_paper(acting_user=account, organisation=organisation, at=at, kind=kind, upload=upload)


def _checks(draw: CityDraw, organisation: Organisation, accounts: DemoAccounts) -> None:
    """A year of checks: one refused, one over, one that ends in three weeks, so that the renewal is due."""
    until = end_of_day((draw.at + timedelta(days=20)).date())
    told = (
        (340, VerificationState.REFUSED, "营业执照照片不完整，请补拍四角。", None),
        (338, VerificationState.EXPIRED, "", until - timedelta(days=181)),
        (162, VerificationState.APPROVED, "", until),
    )
    for days, state, reason, expires_at in told:
        asked_at = draw.at - timedelta(days=days)
        Verification.objects.create(
            organisation=organisation, state=state, requested_by=accounts.employer, requested_at=asked_at,
            due_at=asked_at + timedelta(days=7), decided_by=accounts.officials["officer"],
            decided_at=asked_at + timedelta(days=1), reason=reason, expires_at=expires_at,
        )  # fmt: skip
    organisation.verified_until = until
    organisation.save(update_fields=["verified_until"])


def _colleagues(draw: CityDraw, organisation: Organisation, owner: Account) -> None:
    for name, display_name, role in COLLEAGUES:
        account = Account.objects.create_user(
            f"{name}@demo.example", None, display_name=display_name, created_at=draw.at
        )
        joined_at = draw.at - timedelta(days=90)
        Membership.objects.create(organisation=organisation, account=account, role=role, created_at=joined_at)
    identity.invite_member(
        acting_user=owner, organisation=organisation, role=MemberRole.RECRUITER, phone="13800000000", at=draw.at,
        accept_path="/join/{token}/",
    )  # fmt: skip
    identity.create_api_key(
        acting_user=owner, organisation=organisation, label="人事系统（示例）", scopes=list(ApiScope), at=draw.at
    )


def _openings(draw: CityDraw, organisation: Organisation, accounts: DemoAccounts, said: OpeningFields) -> None:
    employer = accounts.employer

    def write(days: int, **changes: object) -> Opening:
        at = draw.at - timedelta(days=days)
        values = replace(said, **changes)  # type: ignore[arg-type]
        return actions.create_opening(acting_user=employer, at=at, organisation=organisation, fields=values)

    def publish(opening: Opening, days: int, valid: int) -> Opening:
        until = end_of_day((draw.at + timedelta(days=valid)).date())
        at = draw.at - timedelta(days=days)
        return actions.publish_opening(acting_user=employer, at=at, opening=opening, valid_through=until)

    write(1, title=f"{said.title}（夜班）", requirements="", pay_min=None, pay_max=None)
    publish(write(34, title=f"资深{said.title}"), 33, valid=4)
    paused = publish(write(25, title=f"见习{said.title}"), 24, valid=40)
    actions.pause_opening(acting_user=employer, at=draw.at - timedelta(days=6), opening=paused)
    closed = publish(write(58, title=f"{said.title}组长"), 57, valid=20)
    end_opening(acting_user=employer, opening=closed, reason=CloseReason.FILLED, at=draw.at - timedelta(days=9))
    publish(write(2, title=f"{said.title}（储备）", requirements=said.requirements + FLAGGED), 1, valid=50)
    returned = publish(write(9, title=f"{said.title}（短期）", requirements=said.requirements + FLAGGED), 8, valid=50)
    decide_review(
        acting_user=accounts.officials["officer"], at=draw.at - timedelta(days=7), review=returned.reviews.get(),
        is_approved=False, reason="岗位与年龄没有必要联系，请删去年龄条件后再提交。",
    )  # fmt: skip
    publish(write(70, title=f"{said.title}（春季）"), 69, valid=-3)
    actions.expire_openings(at=draw.at)


def _branch(draw: CityDraw, organisation: Organisation, accounts: DemoAccounts, said: OpeningFields) -> None:
    at, name = draw.at - timedelta(days=50), organisation.name.removesuffix(LABEL)
    branch = identity.register_organisation(
        acting_user=accounts.employer, at=at, parent=organisation, credit_code=draw.credit_code(BRANCH_NUMBER),
        name=f"{name}宜兴分部{LABEL}", short_name="宜兴分部", area_code="320282", industry_code=organisation.industry_code,
    )  # fmt: skip
    _papers(branch, accounts.employer, at=at)
    asked = identity.request_verification(acting_user=accounts.employer, organisation=branch, at=at)
    identity.decide_verification(
        acting_user=accounts.officials["officer"], verification=asked, at=at + timedelta(days=2), is_approved=True
    )
    branch.refresh_from_db()
    values = replace(said, area_code="320282", address="示例大道 8 号")
    opening = actions.create_opening(acting_user=accounts.employer, at=at, organisation=branch, fields=values)
    until = end_of_day((draw.at + timedelta(days=60)).date())
    actions.publish_opening(
        acting_user=accounts.employer, at=at + timedelta(days=3), opening=opening, valid_through=until
    )
