"""CVs: read from a file, looked over, taken over; written by hand; thrown away."""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import Refused
from taihu.records.base.uploads import RESUMES, check_upload
from taihu.records.identity.models import Account, Person
from taihu.systems.jobs.actions.steps import person_party
from taihu.systems.jobs.models import Resume
from taihu.systems.jobs.reading import SOURCE, read_file

MOST_RESUMES = 10


@transaction.atomic
def import_resume(*, acting_user: Account, person: Person, upload: "UploadedFile[Any]", at: datetime) -> Resume:
    """Keep the file and what was understood; it is no CV to hand over before the person confirmed it."""
    party = person_party(acting_user, person, at=at)
    _refuse_too_many(person)
    kind = check_upload(upload, RESUMES)
    reading = read_file(upload.file, kind)  # type: ignore[arg-type]
    name = (upload.name or "resume")[-120:]
    resume = Resume.objects.create(
        person=person,
        title=name.rsplit(".", 1)[0][:80] or _("我的简历"),
        data={**reading.data, SOURCE: reading.sources},
        file=upload,
        file_name=name,
        file_kind=kind,
        created_at=at,
        updated_at=at,
    )
    record(
        at=at,
        action="resume.imported",
        subject=resume,
        acting_user=party.account,
        on_behalf_of=party.on_behalf_of,
        data={"kind": kind},
    )
    return resume


@transaction.atomic
def save_resume(
    *,
    acting_user: Account,
    person: Person,
    title: str,
    data: dict[str, Any],
    at: datetime,
    resume: Resume | None = None,
) -> Resume:
    """Take over what the person looked at and corrected, or write a new CV by hand."""
    party = person_party(acting_user, person, at=at)
    if resume is None:
        _refuse_too_many(person)
        resume = Resume(person=person, created_at=at)
    elif resume.person_id != person.pk:
        raise Refused("not_your_resume", _("这份简历不属于该求职者。"), _("请从自己的简历中选择。"))
    resume.title = title.strip()[:80] or _("我的简历")
    resume.data = {key: value for key, value in data.items() if key != SOURCE}
    resume.is_confirmed, resume.updated_at = True, at
    resume.save()
    record(at=at, action="resume.saved", subject=resume, acting_user=party.account, on_behalf_of=party.on_behalf_of)
    return resume


@transaction.atomic
def delete_resume(*, acting_user: Account, person: Person, resume: Resume, at: datetime) -> None:
    """Throw a CV and its file away. What was handed over stays with the application as a snapshot."""
    party = person_party(acting_user, person, at=at)
    if resume.person_id != person.pk:
        raise Refused("not_your_resume", _("这份简历不属于该求职者。"), _("请从自己的简历中选择。"))
    record(at=at, action="resume.deleted", subject=resume, acting_user=party.account, on_behalf_of=party.on_behalf_of)
    stored = resume.file
    resume.delete()
    if stored:
        transaction.on_commit(lambda: stored.delete(save=False))


def _refuse_too_many(person: Person) -> None:
    if Resume.objects.filter(person=person).count() >= MOST_RESUMES:
        raise Refused(
            "too_many_resumes",
            _("最多保存 %(n)d 份简历。") % {"n": MOST_RESUMES},
            _("请先删除不用的简历。"),
            field="file",
        )
