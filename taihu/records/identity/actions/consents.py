from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.identity.enums import CONSENT_TEXT_VERSION, PER_RECIPIENT, Ground, Purpose
from taihu.records.identity.events import ConsentChanged
from taihu.records.identity.models import Account, Consent, Demographics, Disclosure, Organisation, Person
from taihu.records.identity.permissions import can_act_as, is_self
from taihu.records.identity.queries import open_consents

SEXES = ("female", "male", "other")
AGE_BANDS = ("16-24", "25-34", "35-44", "45-54", "55+")


@transaction.atomic
def give_consent(
    *, acting_user: Account, person: Person, purpose: str, at: datetime, recipient: Organisation | None = None
) -> Consent:
    """Consent to one purpose; to hand over a CV, to one named recipient. Giving it again changes nothing."""
    if not can_act_as(acting_user, person, at=at):
        raise NotAllowed("not_yours", _("只有本人或本人授权的专员可以表示同意。"))
    if (purpose in PER_RECIPIENT) != (recipient is not None):
        raise Refused("recipient", _("每次交出简历都要写明交给哪个单位。"), field="recipient")
    consent, is_new = Consent.objects.get_or_create(
        person=person,
        purpose=Purpose(purpose),
        recipient=recipient,
        withdrawn_at=None,
        defaults={"text_version": CONSENT_TEXT_VERSION, "given_at": at, "given_by": acting_user},
    )
    if is_new:
        _tell(consent, acting_user=acting_user, at=at, is_given=True)
    return consent


@transaction.atomic
def withdraw_consent(
    *, acting_user: Account, person: Person, purpose: str, at: datetime, recipient: Organisation | None = None
) -> bool:
    """Take consent back from now on; what was done before stays lawful. False when there was none."""
    if not can_act_as(acting_user, person, at=at):
        raise NotAllowed("not_yours", _("只有本人或本人授权的专员可以撤回同意。"))
    consent = open_consents(person).filter(purpose=purpose, recipient=recipient).first()
    if consent is None:
        return False
    consent.withdrawn_at = at
    consent.save(update_fields=["withdrawn_at"])
    _tell(consent, acting_user=acting_user, at=at, is_given=False)
    return True


def _tell(consent: Consent, *, acting_user: Account, at: datetime, is_given: bool) -> None:
    record(
        at=at,
        acting_user=acting_user,
        on_behalf_of="" if is_self(acting_user, consent.person) else str(consent.person),
        action="identity.give_consent" if is_given else "identity.withdraw_consent",
        subject=consent.person,
        data={"purpose": consent.purpose, "recipient": consent.recipient_id, "text": consent.text_version},
    )
    publish(
        ConsentChanged(
            person_id=consent.person_id,
            purpose=consent.purpose,
            recipient_id=consent.recipient_id,
            is_given=is_given,
        ),
        at=at,
    )


@transaction.atomic
def disclose(
    *,
    person: Person,
    at: datetime,
    viewer: Account | None,
    purpose: str,
    ground: str,
    what: str,
    organisation: Organisation | None = None,
) -> Disclosure:
    """Log that somebody was shown a person's data, before it is shown; without the consent it rests on, refuse."""
    if ground == Ground.CONSENT:
        recipient = organisation if purpose in PER_RECIPIENT else None
        if not open_consents(person).filter(purpose=purpose, recipient=recipient).exists():
            raise NotAllowed(
                "no_consent", _("本人没有同意这样使用资料。"), _("请先征得本人同意。"), purpose=str(purpose)
            )
    name = str(viewer) if viewer is not None else _("系统")
    return Disclosure.objects.create(
        person=person,
        at=at,
        viewer=f"{organisation} · {name}"[:200] if organisation else name[:200],
        viewer_account_id=viewer.pk if viewer else None,
        organisation=organisation,
        purpose=Purpose(purpose),
        ground=Ground(ground),
        what=what,
    )


@transaction.atomic
def declare_demographics(
    *, acting_user: Account, person: Person, at: datetime, sex: str = "", age_band: str = ""
) -> Demographics | None:
    """What a person chooses to tell for fairness audits; empty answers delete it. Needs that consent."""
    if not is_self(acting_user, person):
        raise NotAllowed("not_yours", _("只有本人可以填写。"))
    if not sex and not age_band:
        Demographics.objects.filter(person=person).delete()
        record(at=at, acting_user=acting_user, action="identity.remove_demographics", subject=person)
        return None
    if sex not in {"", *SEXES} or age_band not in {"", *AGE_BANDS}:
        raise Refused("demographics", _("请从选项中选择。"))
    if not open_consents(person).filter(purpose=Purpose.AUDIT_STATISTICS).exists():
        raise Refused("no_consent", _("填写前需要您同意用于检查推荐是否公平。"), _("请先在“授权管理”中同意。"))
    demographics = Demographics.objects.update_or_create(
        person=person, defaults={"sex": sex, "age_band": age_band, "declared_at": at}
    )[0]
    record(at=at, acting_user=acting_user, action="identity.declare_demographics", subject=person)
    return demographics
