"""The life of an application as data, and the one place that moves it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from taihu.records.audit.actions import record
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.events import publish
from taihu.records.identity.models import Account, Person
from taihu.records.identity.permissions import acts_for, can_recruit_for, is_self
from taihu.systems.jobs.enums import ApplicationState as State
from taihu.systems.jobs.enums import ApplicationVerb as Verb
from taihu.systems.jobs.enums import Side
from taihu.systems.jobs.events import ApplicationMoved
from taihu.systems.jobs.models import Application, ApplicationEvent, Interview, InterviewSlot, Opening

ANSWER_WITHIN = timedelta(days=60)

_IN_HAND = frozenset({State.SUBMITTED, State.VIEWED, State.SHORTLISTED, State.INTERVIEW})


@dataclass(frozen=True)
class Step:
    """What a verb does: from which states, to which state, and by which side."""

    sources: frozenset[State]
    target: State
    side: Side


STEPS: dict[Verb, Step] = {
    Verb.VIEW: Step(frozenset({State.SUBMITTED}), State.VIEWED, Side.EMPLOYER),
    Verb.SHORTLIST: Step(frozenset({State.SUBMITTED, State.VIEWED}), State.SHORTLISTED, Side.EMPLOYER),
    Verb.INTERVIEW: Step(_IN_HAND, State.INTERVIEW, Side.EMPLOYER),
    Verb.OFFER: Step(_IN_HAND, State.OFFERED, Side.EMPLOYER),
    Verb.REFUSE: Step(_IN_HAND, State.REFUSED, Side.EMPLOYER),
    Verb.WITHDRAW_OFFER: Step(frozenset({State.OFFERED}), State.SHORTLISTED, Side.EMPLOYER),
    Verb.ACCEPT: Step(frozenset({State.OFFERED}), State.ACCEPTED, Side.PERSON),
    Verb.DECLINE: Step(frozenset({State.OFFERED}), State.DECLINED, Side.PERSON),
    Verb.WITHDRAW: Step(_IN_HAND | {State.ACCEPTED}, State.WITHDRAWN, Side.PERSON),
    Verb.EXPIRE_OFFER: Step(frozenset({State.OFFERED}), State.SHORTLISTED, Side.SYSTEM),
    Verb.SUPERSEDE: Step(_IN_HAND | {State.OFFERED}, State.OBSOLETE, Side.SYSTEM),
    Verb.ANSWER_FOR_EMPLOYER: Step(_IN_HAND, State.UNANSWERED, Side.SYSTEM),
}

# The employer's turn begins anew with these, so the clock of the answer does too.
_RESTARTS_CLOCK = frozenset({Verb.SHORTLIST, Verb.INTERVIEW, Verb.WITHDRAW_OFFER, Verb.EXPIRE_OFFER})
_ANSWERS = frozenset({Verb.SHORTLIST, Verb.INTERVIEW, Verb.OFFER, Verb.REFUSE, Verb.ANSWER_FOR_EMPLOYER})
_ENDS = frozenset({State.ACCEPTED, State.REFUSED, State.WITHDRAWN, State.DECLINED, State.OBSOLETE, State.UNANSWERED})


@dataclass(frozen=True)
class Party:
    """Who moves an application, and in whose name."""

    side: Side
    account: Account | None
    label: str
    on_behalf_of: str = ""


SYSTEM = Party(Side.SYSTEM, None, "")


def person_party(account: Any, person: Person, *, at: datetime) -> Party:
    """The person, or a caseworker whom the person let act; anybody else is refused."""
    if is_self(account, person):
        return Party(Side.PERSON, account, str(person))
    if acts_for(account, person, at=at):
        return Party(Side.PERSON, account, account.display_name or _("就业服务专员"), on_behalf_of=str(person))
    raise NotAllowed("not_this_person", _("这是另一位求职者的资料。"), _("请用本人账户登录，或先取得本人的代办授权。"))


def employer_party(account: Any, opening: Opening) -> Party:
    if not can_recruit_for(account, opening.organisation):
        raise NotAllowed("not_this_employer", _("只有该单位的招聘人员可以办理。"), _("请单位负责人为您开通招聘权限。"))
    return Party(Side.EMPLOYER, account, opening.organisation.name)


def allowed_verbs(state: str, side: Side) -> frozenset[Verb]:
    """What one side may do next: pages show exactly these."""
    return frozenset(verb for verb, step in STEPS.items() if step.side == side and state in step.sources)


def advance(
    application: Application,
    verb: Verb,
    *,
    party: Party,
    at: datetime,
    note: str = "",
    **fields: Any,
) -> str:
    """Move an application by one step inside the caller's transaction; return the state it left.

    The row is claimed with its old state in the condition: of two that race, one moves it and the other is refused.
    """
    step = STEPS[verb]
    if step.side != party.side:
        raise NotAllowed("wrong_side", _("这一步应由另一方办理。"))
    old = _claim(application, step, {"changed_at": at, **_clock_fields(application, verb, at), **fields})
    ApplicationEvent.objects.create(
        application=application,
        at=at,
        actor=party.label,
        on_behalf_of=party.on_behalf_of,
        from_state=old,
        to_state=step.target,
        note=note,
    )
    if step.target in _ENDS:
        free_slots(application, at=at)
    record(
        at=at,
        action=f"jobs.application.{verb.value}",
        subject=application,
        acting_user=party.account,
        on_behalf_of=party.on_behalf_of,
        data={"from": old, "to": step.target.value},
    )
    publish(
        ApplicationMoved(application_id=application.pk, verb=verb.value, from_state=old, to_state=step.target.value),
        at=at,
    )
    return old


def _claim(application: Application, step: Step, fields: dict[str, Any]) -> str:
    for _attempt in range(4):
        old = Application.objects.values_list("state", flat=True).get(pk=application.pk)
        if old not in step.sources:
            break
        values = {"state": step.target, **fields}
        if Application.objects.filter(pk=application.pk, state=old).update(**values):
            for name, value in values.items():
                setattr(application, name, value)
            return old
    label = State(old).label
    raise Refused(
        "wrong_state",
        _("这份申请现在是“%(state)s”，不能这样办理。") % {"state": label},
        _("请刷新页面，查看最新进展。"),
        state=old,
    )


def _clock_fields(application: Application, verb: Verb, at: datetime) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if verb in _ANSWERS and application.answered_at is None:
        fields["answered_at"] = at
    if verb in _RESTARTS_CLOCK:
        fields |= {"answer_due_at": at + ANSWER_WITHIN, "reminders": 0}
    return fields


def free_slots(application: Application, *, at: datetime) -> int:
    """Give back the interview times that lie ahead; times past stay as history."""
    held = InterviewSlot.objects.filter(
        interview__application=application, chosen_at__isnull=False, starts_at__lte=at
    ).values_list("interview", flat=True)
    ahead = Interview.objects.filter(application=application, cancelled_at__isnull=True)
    return ahead.exclude(pk__in=list(held)).update(cancelled_at=at)
