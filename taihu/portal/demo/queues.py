"""Something for the officer to do: employers to verify, flagged postings, complaints, records of imports to join."""

import io
from collections.abc import Sequence
from datetime import timedelta

import segno
from django.core.files.base import ContentFile

from taihu.portal.demo.accounts import DemoAccounts
from taihu.portal.demo.city import CityDraw
from taihu.records.base.uploads import file_digest
from taihu.records.identity.enums import PaperKind
from taihu.records.identity.models import Account, Organisation, Paper, Verification
from taihu.records.identity.validators import name_key
from taihu.systems.jobs.actions.oversight import file_complaint
from taihu.systems.jobs.enums import ComplaintKind, FindingLevel, OpeningState
from taihu.systems.jobs.models import Opening, OpeningFinding, OpeningReview

CITED = "示例人才网"
COMPLAINTS = (
    (ComplaintKind.FEE, "面试后要求先交三百元服装费，发布的信息里没有写。"),
    (ComplaintKind.EXPIRED, "打电话过去说上个月就招满了，岗位还挂着。"),
)


def build_queues(
    draw: CityDraw, organisations: Sequence[Organisation], openings: Sequence[Opening], accounts: DemoAccounts
) -> None:
    waiting = [organisation for organisation in organisations if organisation.state == "unverified"][:6]
    for organisation in waiting:
        _ask_for_verification(draw, organisation, accounts.employer)
    published = [opening for opening in openings if opening.organisation.state == "verified"]
    for opening in published[:3]:
        _flag(draw, opening)
    for opening, (kind, text) in zip(published[3:], COMPLAINTS, strict=False):
        file_complaint(at=draw.moment(1), opening=opening, kind=kind, text=text, acting_user=accounts.seeker)
    for number, opening in enumerate(published[5:7]):
        _cite(draw, opening, number)


def _cite(draw: CityDraw, opening: Opening, number: int) -> None:
    """An opening of last year, imported under a name that means an employer which is registered here."""
    short = opening.organisation.name.removeprefix("无锡").removesuffix("（示例）").removesuffix("有限公司")
    name = f"{short}（无锡）有限公司（示例）"
    record = Organisation.objects.create(name=name, name_key=name_key(name), source=CITED, created_at=draw.moment(30))
    Opening.objects.create(
        organisation=record, title=opening.title, description=opening.description, area_code=opening.area_code,
        occupation_code=opening.occupation_code, pay_min=opening.pay_min, pay_max=opening.pay_max,
        state=OpeningState.EXPIRED, source=CITED, source_id=f"demo-{number}",
        created_at=draw.moment(30), updated_at=draw.moment(30),
    )  # fmt: skip


def _ask_for_verification(draw: CityDraw, organisation: Organisation, account: Account) -> None:
    asked_at = draw.moment(4)
    paper = ContentFile(licence_picture(organisation), name="营业执照（示例）.png")
    Paper.objects.create(
        organisation=organisation, kind=PaperKind.LICENCE, file=paper, name=str(paper.name), content_type="png",
        digest=file_digest(paper), uploaded_by=account, uploaded_at=asked_at,
    )  # fmt: skip
    Verification.objects.create(
        organisation=organisation, requested_by=account, requested_at=asked_at, due_at=draw.at + timedelta(days=3)
    )
    organisation.state = "pending"
    organisation.save(update_fields=["state"])


def licence_picture(organisation: Organisation) -> bytes:
    """The two-dimensional code of an electronic licence, saying that it is an example."""
    picture = io.BytesIO()
    segno.make(f"示例 {organisation.name} {organisation.credit_code}").save(picture, kind="png", scale=8)
    return picture.getvalue()


def _flag(draw: CityDraw, opening: Opening) -> None:
    opening.requirements += "年龄35岁以下优先。"
    opening.state, opening.is_listed = OpeningState.REVIEW, False
    opening.save(update_fields=["requirements", "state", "is_listed"])
    OpeningReview.objects.create(opening=opening, requested_at=draw.moment(2), due_at=draw.at + timedelta(days=2))
    OpeningFinding.objects.create(
        opening=opening, rule="age.limit", level=FindingLevel.FLAG, category="age", field="requirements",
        excerpt="35岁以下", found_at=draw.at,
    )  # fmt: skip
