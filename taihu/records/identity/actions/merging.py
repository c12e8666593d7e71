from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.identity.events import OrganisationStateChanged, PeopleMerged
from taihu.records.identity.models import Account, Organisation, Person
from taihu.records.identity.permissions import is_officer
from taihu.records.identity.references import merge_obstacle, references, references_to


@dataclass(frozen=True)
class MergeReport:
    """How many rows moved to the kept person, and how many stay because the kept person has their like."""

    moved: int
    left: int


@transaction.atomic
def merge_people(*, acting_user: Account, kept: Person, duplicate: Person, at: datetime) -> MergeReport:
    """Join two records of one person. The duplicate stays, empty and pointing to the kept one."""
    if not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以合并人员。"))
    if kept.pk == duplicate.pk:
        raise Refused("same_person", _("请选择两条不同的记录。"))
    if kept.merged_into_id or duplicate.merged_into_id or kept.erased_at or duplicate.erased_at:
        raise Refused("not_mergeable", _("已合并或已删除的记录不能再合并。"))
    if kept.id_number_hash and duplicate.id_number_hash:
        raise Refused("two_numbers", _("两条记录的证件号码不同，是两个人。"), _("如果其中一个号码有误，请先更正。"))
    report = _move_rows(kept, duplicate)
    _take_over(kept, duplicate)
    record(
        at=at,
        acting_user=acting_user,
        action="identity.merge_people",
        subject=kept,
        data={"duplicate": duplicate.pk, "moved": report.moved, "left": report.left},
    )
    publish(PeopleMerged(kept_id=kept.pk, merged_id=duplicate.pk), at=at)
    return report


@transaction.atomic
def merge_organisations(
    *, acting_user: Account, kept: Organisation, duplicate: Organisation, reason: str, at: datetime
) -> MergeReport:
    """Join a record that an import made with the employer it means: its cited openings move, the record goes.

    Only a record without a credit code and without members may go: two registered employers are never one.
    """
    if not is_officer(acting_user, at=at):
        raise NotAllowed("not_officer", _("只有经办人员可以合并单位。"))
    if (obstacle := merge_obstacle(kept, duplicate)) is not None:
        raise obstacle
    if not reason.strip():
        raise Refused("reason_needed", _("请写明依据。"), field="reason")
    moving = references_to(duplicate)
    report = _move_rows(kept, duplicate)
    if report.left:
        raise Refused("rows_left", _("有记录不能转到保留的单位。"), _("请联系系统管理员。"))
    data = {"duplicate": duplicate.pk, "name": duplicate.name, "source": duplicate.source, "moved": report.moved}
    duplicate.delete()
    data |= {"rows": moving, "reason": reason.strip()}
    record(at=at, acting_user=acting_user, action="identity.merge_organisations", subject=kept, data=data)
    publish(OrganisationStateChanged(organisation_id=kept.pk, state=kept.state), at=at)
    return report


def _move_rows(kept: models.Model, duplicate: models.Model) -> MergeReport:
    """Every table that points to such records, of whatever floor, found by its relation."""
    moved = left = 0
    for relation in references(type(kept)):
        rows = relation.related_model._default_manager.filter(**{relation.field.name: duplicate})
        for pk in list(rows.values_list("pk", flat=True)):
            try:
                with transaction.atomic():
                    moved += _move_row(relation, pk, kept, duplicate)
            except IntegrityError:
                left += 1
    return MergeReport(moved, left)


def _move_row(relation: models.ForeignObjectRel, pk: object, kept: models.Model, duplicate: models.Model) -> int:
    field = relation.field
    manager = relation.related_model._default_manager
    if isinstance(field, models.ManyToManyField):
        chosen = getattr(manager.get(pk=pk), field.name)
        chosen.add(kept)
        chosen.remove(duplicate)
        return 1
    if field.primary_key and manager.filter(pk=kept.pk).exists():
        raise IntegrityError("the kept person has one")
    return int(manager.filter(pk=pk).update(**{field.name: kept}))


def _take_over(kept: Person, duplicate: Person) -> None:
    """The kept record gains what it lacks; unique values leave the duplicate first."""
    taken = {}
    for name in ("account_id", "id_number", "id_type", "id_number_hash", "phone", "phone_hash", "email", "birth_date"):
        if not getattr(kept, name) and getattr(duplicate, name):
            taken[name] = getattr(duplicate, name)
    Person.objects.filter(pk=duplicate.pk).update(
        account=None, id_number="", id_number_hash=None, phone="", phone_hash="", merged_into=kept
    )
    for name, value in taken.items():
        setattr(kept, name, value)
    kept.save(update_fields=[name.removesuffix("_id") if name == "account_id" else name for name in taken] or None)
    duplicate.refresh_from_db()
