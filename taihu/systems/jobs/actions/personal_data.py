"""The job market's share of a person's data: exported with it, erased with it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from taihu.records.identity.actions import DataHolder, register_holder
from taihu.records.identity.models import Notification, Person
from taihu.systems.jobs.actions.applications import employer_path, withdraw
from taihu.systems.jobs.enums import OPEN_APPLICATION
from taihu.systems.jobs.models import ApplicationEvent, HiddenPerson, Message, Profile, SavedSearch

_HIDDEN_FIELDS = frozenset({"id", "person"})


def _export(person: Person) -> dict[str, Any]:
    applications = person.applications.order_by("pk")
    messages = Message.objects.filter(application__person=person).order_by("pk")
    return {
        "profile": [_own_fields(profile) for profile in Profile.objects.filter(person=person)],
        "resumes": list(person.resumes.order_by("pk").values("title", "data", "file_name", "created_at", "updated_at")),
        "applications": list(
            applications.values(
                "opening__title", "opening__organisation__name", "state", "resume", "note", "applied_at", "answered_at"
            )
        ),
        "messages": list(messages.values("application__opening__title", "is_from_employer", "body", "sent_at")),
        "invitations": list(person.invitations.order_by("pk").values("opening__title", "state", "message", "sent_at")),
        "not_considered": list(
            HiddenPerson.objects.filter(person=person).order_by("pk").values("opening__title", "reason", "hidden_at")
        ),
        "hidden_openings": list(person.hidden_openings.order_by("pk").values("opening__title", "reason", "hidden_at")),
        "saved_searches": list(
            SavedSearch.objects.filter(account=person.account_id).order_by("pk").values("title", "query", "created_at")
        ),
    }


def _own_fields(profile: Profile) -> dict[str, Any]:
    fields = [field.attname for field in profile._meta.concrete_fields if field.name not in _HIDDEN_FIELDS]
    return {name: getattr(profile, name) for name in fields}


def _files(person: Person) -> list[tuple[str, Any]]:
    own = person.resumes.exclude(file="").order_by("pk")
    return [(f"resume-{resume.pk}.{resume.file_kind or 'bin'}", resume.file) for resume in own]


def _erase(person: Person, at: datetime) -> None:
    """Open applications are withdrawn, so that no employer waits; then everything that tells of the person goes."""
    if person.account is not None:
        for application in person.applications.filter(state__in=OPEN_APPLICATION).select_related(
            "opening__organisation", "person__account"
        ):
            withdraw(acting_user=person.account, application=application, at=at)
    _unname_letters(person)
    names = {str(person), str(person.account)}
    ApplicationEvent.objects.filter(application__person=person, actor__in=names).update(actor="", note="")
    ApplicationEvent.objects.filter(application__person=person, on_behalf_of__in=names).update(on_behalf_of="")
    Message.objects.filter(application__person=person).update(body="")
    person.applications.update(resume={}, note="")
    for resume in person.resumes.exclude(file=""):
        resume.file.delete(save=False)
    SavedSearch.objects.filter(account=person.account_id).delete()
    HiddenPerson.objects.filter(person=person).delete()
    for rows in (person.resumes, person.hidden_openings, person.invitations, person.slates):
        rows.all().delete()
    Profile.objects.filter(person=person).delete()


def _unname_letters(person: Person) -> None:
    """What employers were told keeps its place in their inbox, without the name."""
    paths = [employer_path(application) for application in person.applications.all()]
    letters = list(Notification.objects.filter(path__in=paths, data__has_key="name"))
    for letter in letters:
        letter.data = letter.data | {"name": str(_("已删除资料的求职者"))}
    Notification.objects.bulk_update(letters, ["data"], batch_size=200)


register_holder(
    DataHolder(
        "jobs",
        _("投递记录"),
        export=_export,
        erase=_erase,
        files=_files,
        kept=_("去掉姓名、简历和消息内容后保存三年（《人力资源市场暂行条例》第三十三条、《网络招聘服务管理规定》）。"),
    )
)
