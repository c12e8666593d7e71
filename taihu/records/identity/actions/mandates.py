"""Acting for somebody: asked for by a caseworker, accepted and ended by the person, visible to both."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.identity.actions.consents import give_consent, withdraw_consent
from taihu.records.identity.actions.notifications import notify, register_kind
from taihu.records.identity.enums import MandateState, Purpose
from taihu.records.identity.models import Account, Mandate, Person
from taihu.records.identity.permissions import is_caseworker, is_self

register_kind(
    "identity.mandate_requested",
    gettext_lazy("%(caseworker)s 申请为您代办求职事务"),
    gettext_lazy("说明：%(note)s。您同意之前，专员不能代您办理，也看不到您的资料。"),
)
register_kind(
    "identity.mandate_accepted",
    gettext_lazy("%(person)s 同意由您代办"),
    gettext_lazy("从现在起您可以代其办理。每一步都会标明由您代办，本人随时可以结束。"),
)
register_kind(
    "identity.mandate_ended",
    gettext_lazy("%(person)s 与专员 %(caseworker)s 的代办已结束"),
    gettext_lazy("此后专员不能再代为办理，也看不到资料。"),
)


@transaction.atomic
def request_mandate(*, acting_user: Account, person: Person, at: datetime, note: str = "") -> Mandate:
    if not is_caseworker(acting_user, at=at):
        raise NotAllowed("not_caseworker", _("只有就业服务专员可以申请代办。"))
    if person.account is None or person.erased_at is not None:
        raise Refused("no_account", _("此人没有账户，无法在线同意。"), _("请先协助本人注册账户。"))
    if Mandate.objects.filter(person=person, caseworker=acting_user).exclude(state=MandateState.ENDED).exists():
        raise Refused("mandate_open", _("已经有一份有效的申请或授权。"))
    mandate = Mandate.objects.create(person=person, caseworker=acting_user, note=note[:200], requested_at=at)
    record(at=at, acting_user=acting_user, action="identity.request_mandate", subject=mandate)
    notify(
        account=person.account,
        kind="identity.mandate_requested",
        key=f"mandate:{mandate.pk}:requested",
        at=at,
        data={"caseworker": str(acting_user), "note": note or "—"},
        path="/me/mandates/",
    )
    return mandate


@transaction.atomic
def accept_mandate(*, acting_user: Account, mandate: Mandate, at: datetime) -> Mandate:
    """The person lets the caseworker act for them from now on."""
    if not is_self(acting_user, mandate.person):
        raise NotAllowed("not_yours", _("只有本人可以同意代办。"))
    changed = Mandate.objects.filter(pk=mandate.pk, state=MandateState.REQUESTED).update(
        state=MandateState.ACTIVE, active_from=at
    )
    if not changed:
        raise Refused("mandate_not_open", _("这份申请已经处理过。"))
    mandate.refresh_from_db()
    give_consent(acting_user=acting_user, person=mandate.person, purpose=Purpose.CASEWORKER, at=at)
    record(at=at, acting_user=acting_user, action="identity.accept_mandate", subject=mandate)
    _tell(mandate.caseworker, "identity.mandate_accepted", mandate, at=at)
    return mandate


@transaction.atomic
def end_mandate(*, acting_user: Account, mandate: Mandate, at: datetime) -> Mandate:
    """Either side ends it, or the person declines it; at once."""
    if not is_self(acting_user, mandate.person) and mandate.caseworker_id != acting_user.pk:
        raise NotAllowed("not_yours", _("只有本人或专员可以结束代办。"))
    changed = (
        Mandate.objects.filter(pk=mandate.pk)
        .exclude(state=MandateState.ENDED)
        .update(state=MandateState.ENDED, active_to=at)
    )
    if not changed:
        raise Refused("mandate_not_open", _("代办已经结束。"))
    mandate.refresh_from_db()
    others = Mandate.objects.filter(person=mandate.person, state=MandateState.ACTIVE)
    if is_self(acting_user, mandate.person) and not others.exists():
        withdraw_consent(acting_user=acting_user, person=mandate.person, purpose=Purpose.CASEWORKER, at=at)
    record(at=at, acting_user=acting_user, action="identity.end_mandate", subject=mandate)
    other = mandate.caseworker if is_self(acting_user, mandate.person) else mandate.person.account
    if other is not None:
        _tell(other, "identity.mandate_ended", mandate, at=at)
    return mandate


def _tell(account: Account, kind: str, mandate: Mandate, *, at: datetime) -> None:
    notify(
        account=account,
        kind=kind,
        key=f"mandate:{mandate.pk}:{kind}",
        at=at,
        data={"person": str(mandate.person), "caseworker": str(mandate.caseworker)},
    )
