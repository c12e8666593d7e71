from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.fields import keyed_hash
from taihu.records.identity import validators
from taihu.records.identity.models import Account, Person
from taihu.records.identity.permissions import can_act_as, is_caseworker, is_officer


@transaction.atomic
def register_person(
    *,
    acting_user: Account | None,
    at: datetime,
    name: str,
    id_type: str = "",
    id_number: str = "",
    phone: str = "",
    email: str = "",
    birth_date: date | None = None,
    area_code: str = "",
    account: Account | None = None,
    is_synthetic: bool = False,
) -> Person:
    """Make a person known, by themselves (`account` is the acting user), a caseworker, an officer or an import.

    An identity number that is already known is refused: nobody is registered twice, and nobody learns who has it.
    """
    if account is not None and acting_user is not None and account.pk != acting_user.pk:
        raise NotAllowed("not_your_account", _("只能为自己的账户登记。"))
    if account is None and acting_user is not None and not _may_register_others(acting_user, at):
        raise NotAllowed("not_your_task", _("只有经办人员和就业服务专员可以为他人登记。"))
    if not name.strip():
        raise Refused("name", _("请填写姓名。"), field="name")
    number = validators.check_id_number(id_type, id_number) if id_number else ""
    if number and Person.objects.filter(id_number_hash=keyed_hash(number)).exists():
        raise Refused(
            "id_number_known",
            _("这个证件号码已经登记过。"),
            _("如果不是您本人登记，请联系服务窗口核对。"),
            field="id_number",
        )
    phone = validators.check_phone(phone) if phone else ""
    person = Person.objects.create(
        account=account,
        name=name.strip(),
        id_type=id_type if number else "",
        id_number=number,
        id_number_hash=keyed_hash(number) if number else None,
        phone=phone,
        phone_hash=keyed_hash(phone) if phone else "",
        email=email,
        birth_date=validators.birth_date_in(id_type, number) or birth_date,
        area_code=area_code,
        is_synthetic=is_synthetic,
        created_at=at,
    )
    record(at=at, acting_user=acting_user, action="identity.register_person", subject=person)
    return person


def _may_register_others(account: Account, at: datetime) -> bool:
    return is_officer(account, at=at) or is_caseworker(account, at=at)


def ensure_person(*, acting_user: Account, at: datetime) -> Person:
    """The person behind an account; made from what the account says when there is none yet."""
    found = Person.objects.filter(account=acting_user).first()
    if found is not None:
        return found
    return register_person(
        acting_user=acting_user,
        at=at,
        account=acting_user,
        name=acting_user.display_name or str(acting_user),
        phone=acting_user.phone or "",
        email=acting_user.email or "",
    )


@transaction.atomic
def change_contact(
    *,
    acting_user: Account,
    person: Person,
    at: datetime,
    name: str,
    phone: str,
    email: str,
    area_code: str,
    id_type: str = "",
    id_number: str = "",
    birth_date: date | None = None,
) -> Person:
    """Change how a person is called and reached; an identity number is set once and corrected by officers only."""
    if not can_act_as(acting_user, person, at=at) and not is_officer(acting_user, at=at):
        raise NotAllowed("not_yours", _("只能修改本人的资料。"))
    if not name.strip():
        raise Refused("name", _("请填写姓名。"), field="name")
    changed = ["name", "phone", "phone_hash", "email", "area_code"]
    if id_number:
        _set_number(person, id_type, id_number, may_replace=is_officer(acting_user, at=at))
        changed += ["id_type", "id_number", "id_number_hash", "birth_date"]
    elif birth_date is not None and not person.id_number_hash:
        person.birth_date = birth_date
        changed.append("birth_date")
    person.phone = validators.check_phone(phone) if phone else ""
    person.phone_hash = keyed_hash(person.phone) if person.phone else ""
    person.name, person.email, person.area_code = name.strip(), email, area_code
    person.save(update_fields=changed)
    record(at=at, acting_user=acting_user, action="identity.change_contact", subject=person, data={"fields": changed})
    return person


def _set_number(person: Person, id_type: str, id_number: str, *, may_replace: bool) -> None:
    number = validators.check_id_number(id_type, id_number)
    hashed = keyed_hash(number)
    if hashed == person.id_number_hash:
        return
    if person.id_number_hash and not may_replace:
        raise Refused(
            "id_number_set", _("证件号码已经登记，不能自行更改。"), _("请联系服务窗口更正。"), field="id_number"
        )
    if Person.objects.filter(id_number_hash=hashed).exists():
        raise Refused(
            "id_number_known",
            _("这个证件号码已经登记过。"),
            _("如果不是您本人登记，请联系服务窗口核对。"),
            field="id_number",
        )
    person.id_type, person.id_number, person.id_number_hash = id_type, number, hashed
    person.birth_date = validators.birth_date_in(id_type, number) or person.birth_date
