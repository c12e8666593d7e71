"""Offers: made, withdrawn, accepted, declined, run out. Accepting one closes the person's other applications."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from taihu.records.base.clock import city_date
from taihu.records.base.errors import Refused
from taihu.records.identity.models import Person
from taihu.systems.jobs.actions.applications import tell_employer_moved, tell_moved
from taihu.systems.jobs.actions.notices import tell_employer
from taihu.systems.jobs.actions.steps import SYSTEM, advance, employer_party, person_party
from taihu.systems.jobs.enums import OPEN_APPLICATION, ApplicationState, ApplicationVerb, OfferState
from taihu.systems.jobs.models import Application, Offer, Opening
from taihu.systems.jobs.wording_check import check_words

MOST_MONTHS = 24


@transaction.atomic
def make_offer(
    *,
    acting_user: Any,
    application: Application,
    pay: int,
    start_date: date,
    expires_at: datetime,
    at: datetime,
    pay_months: int = 12,
    text: str = "",
) -> Offer:
    party = employer_party(acting_user, application.opening)
    check_words(text, field="text")
    _check_offer(pay, pay_months, start_date, expires_at, at)
    Opening.objects.select_for_update().get(pk=application.opening_id)
    if places_left(application.opening) < 1:
        raise Refused(
            "headcount_filled",
            _("接受录用的人数已达到招聘人数。"),
            _("如需多招，请先修改岗位的招聘人数。"),
        )
    advance(application, ApplicationVerb.OFFER, party=party, at=at)
    offer = Offer.objects.create(
        application=application,
        pay=pay,
        pay_months=pay_months,
        start_date=start_date,
        text=text.strip(),
        made_by=acting_user,
        made_at=at,
        expires_at=expires_at,
    )
    tell_moved(application, "offer_made", at=at)
    return offer


def _check_offer(pay: int, pay_months: int, start_date: date, expires_at: datetime, at: datetime) -> None:
    if pay <= 0:
        raise Refused("pay_needed", _("请写明月薪。"), _("录用意向必须有明确的劳动报酬。"), field="pay")
    if not 12 <= pay_months <= MOST_MONTHS:
        raise Refused("pay_months", _("一年的薪酬月数应在 12 至 24 之间。"), "", field="pay_months")
    if expires_at <= at:
        raise Refused("expiry_past", _("答复期限已经过去。"), _("请给求职者留出答复时间。"), field="expires_at")
    if start_date < city_date(at):
        raise Refused("start_past", _("入职日期已经过去。"), _("请填写将来的日期。"), field="start_date")


def accepted_count(opening: Opening) -> int:
    return Application.objects.filter(opening=opening, state=ApplicationState.ACCEPTED).count()


def places_left(opening: Opening) -> int:
    return opening.headcount - accepted_count(opening)


@transaction.atomic
def accept_offer(*, acting_user: Any, offer: Offer, at: datetime) -> None:
    """Of two browsers that accept two offers at once one wins: the other finds its application closed."""
    application = offer.application
    party = person_party(acting_user, application.person, at=at)
    person = Person.objects.select_for_update().get(pk=application.person_id)
    opening = Opening.objects.select_for_update().get(pk=application.opening_id)
    _refuse_unanswerable(offer, at)
    _refuse_second_job(application)
    if places_left(opening) < 1:
        raise Refused("headcount_filled", _("这个岗位刚刚招满了。"), _("请联系单位；您的申请仍然有效。"))
    advance(application, ApplicationVerb.ACCEPT, party=party, at=at)
    Offer.objects.filter(pk=offer.pk).update(state=OfferState.ACCEPTED, answered_at=at)
    offer.state, offer.answered_at = OfferState.ACCEPTED, at
    tell_employer_moved(application, "offer_accepted", at=at)
    tell_moved(application, "accepted_for_you" if party.on_behalf_of else "offer_accepted_by_you", at=at)
    _close_others(person, application, at)
    if places_left(opening) == 0:
        data = {"title": opening.title, "headcount": opening.headcount}
        path = f"/employer/openings/{opening.pk}/filled"
        tell_employer(
            opening.organisation, "opening_filled", key=f"{opening.pk}:{opening.headcount}", at=at, path=path, data=data
        )


def _refuse_unanswerable(offer: Offer, at: datetime) -> None:
    state = Offer.objects.values_list("state", flat=True).get(pk=offer.pk)
    if state != OfferState.OPEN:
        label = OfferState(state).label
        raise Refused(
            "offer_over", _("这份录用意向现在是“%(state)s”。") % {"state": label}, _("请查看申请的最新进展。")
        )
    if offer.expires_at <= at:
        raise Refused("offer_expired", _("这份录用意向的答复期限已过。"), _("可以给单位留言，请对方重新发出。"))


def _refuse_second_job(application: Application) -> None:
    """One accepted offer at a time; a job that began (a claimed hire) does not stand in the way of the next."""
    other = (
        Application.objects.filter(person=application.person_id, state=ApplicationState.ACCEPTED, hire__isnull=True)
        .exclude(pk=application.pk)
        .select_related("opening__organisation")
        .first()
    )
    if other is not None:
        raise Refused(
            "already_accepted",
            _("您已接受“%(name)s”的录用。") % {"name": other.opening.organisation.name},
            _("如要改去这一家，请先撤回那一份申请。"),
            application=other.pk,
        )


def _close_others(person: Person, accepted: Application, at: datetime) -> None:
    others = Application.objects.filter(person=person, state__in=OPEN_APPLICATION).exclude(pk=accepted.pk)
    for other in others.select_related("opening__organisation", "person").order_by("pk"):
        advance(other, ApplicationVerb.SUPERSEDE, party=SYSTEM, at=at)
        Offer.objects.filter(application=other, state=OfferState.OPEN).update(state=OfferState.DECLINED, answered_at=at)
        tell_employer_moved(other, "applicant_took_other_job", at=at)
        tell_moved(other, "application_obsolete", at=at)


@transaction.atomic
def decline_offer(*, acting_user: Any, offer: Offer, at: datetime, note: str = "") -> None:
    application = offer.application
    party = person_party(acting_user, application.person, at=at)
    _refuse_unanswerable(offer, at)
    advance(application, ApplicationVerb.DECLINE, party=party, at=at, note=note.strip())
    Offer.objects.filter(pk=offer.pk).update(state=OfferState.DECLINED, answered_at=at)
    tell_employer_moved(application, "offer_declined", at=at)
    if party.on_behalf_of:
        tell_moved(application, "declined_for_you", at=at)


@transaction.atomic
def withdraw_offer(*, acting_user: Any, offer: Offer, at: datetime, note: str = "") -> None:
    """Before it is answered the employer may take an offer back; the application is in its hands again."""
    application = offer.application
    party = employer_party(acting_user, application.opening)
    advance(application, ApplicationVerb.WITHDRAW_OFFER, party=party, at=at, note=note.strip())
    Offer.objects.filter(pk=offer.pk, state=OfferState.OPEN).update(state=OfferState.WITHDRAWN, answered_at=at)
    tell_moved(application, "offer_withdrawn", at=at)


def expire_offers(*, at: datetime) -> int:
    """Offers whose time ran out; each in its own transaction, so one that fails delays no other."""
    due = Offer.objects.filter(Q(state=OfferState.OPEN), expires_at__lte=at).order_by("pk")
    return sum(_expire_offer(offer, at) for offer in due.select_related("application__opening__organisation"))


@transaction.atomic
def _expire_offer(offer: Offer, at: datetime) -> int:
    if not Offer.objects.filter(pk=offer.pk, state=OfferState.OPEN).update(state=OfferState.EXPIRED, answered_at=at):
        return 0
    application = offer.application
    advance(application, ApplicationVerb.EXPIRE_OFFER, party=SYSTEM, at=at)
    tell_employer_moved(application, "offer_expired", at=at)
    tell_moved(application, "offer_expired", at=at)
    return 1
