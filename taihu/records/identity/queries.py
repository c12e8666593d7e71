"""Reads on people, organisations and accounts."""

import io
import json
import zipfile
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, F, Max, Q, QuerySet

from taihu.records.base.clock import city_date
from taihu.records.base.fields import keyed_hash
from taihu.records.identity import enums
from taihu.records.identity.models import (
    Account,
    AgencyLicence,
    ApiKey,
    Consent,
    Disclosure,
    Mandate,
    MemberInvitation,
    Membership,
    Notification,
    Organisation,
    Paper,
    Person,
    RoleGrant,
    Verification,
)
from taihu.records.identity.references import (
    LikelyDuplicate,
    likely_duplicates,
    merge_obstacle,
    organisations_named,
    references_to,
)

__all__ = ["LikelyDuplicate", "likely_duplicates", "merge_obstacle", "organisations_named", "references_to"]


def person_of(account: Any) -> Person | None:
    """The person behind a signed-in account."""
    return Person.objects.filter(account=account).first() if isinstance(account, Account) else None


def person_by_number(number: str) -> Person | None:
    """The person with this identity number; a merged record leads to the kept one."""
    return Person.objects.filter(id_number_hash=keyed_hash(number), erased_at__isnull=True).first()


def open_consents(person: Person) -> QuerySet[Consent]:
    return Consent.objects.filter(person=person, withdrawn_at__isnull=True)


def has_consent(person: Person, purpose: str, *, recipient: Organisation | None = None) -> bool:
    return open_consents(person).filter(purpose=purpose, recipient=recipient).exists()


def consents_of(person: Person) -> QuerySet[Consent]:
    """Given and withdrawn, newest first."""
    return Consent.objects.filter(person=person).select_related("recipient", "given_by").order_by("-given_at", "-pk")


def disclosures_of(person: Person) -> QuerySet[Disclosure]:
    """Who saw my data, newest first."""
    return Disclosure.objects.filter(person=person).select_related("organisation").order_by("-at", "-pk")


def mandates_of(person: Person) -> QuerySet[Mandate]:
    return Mandate.objects.filter(person=person).select_related("caseworker").order_by("-requested_at", "-pk")


def mandates_held(caseworker: Account) -> QuerySet[Mandate]:
    """The people whom a caseworker may act for, or has asked."""
    open_states = [enums.MandateState.REQUESTED, enums.MandateState.ACTIVE]
    return (
        Mandate.objects.filter(caseworker=caseworker, state__in=open_states)
        .select_related("person")
        .order_by("-requested_at", "-pk")
    )


def notifications_of(account: Account) -> QuerySet[Notification]:
    return Notification.objects.filter(account=account).order_by("-created_at", "-pk")


def count_unread(account: Account) -> int:
    return Notification.objects.filter(account=account, read_at__isnull=True).count()


def open_grants(account: Any, *, at: datetime) -> QuerySet[RoleGrant]:
    still_open = Q(active_to__isnull=True) | Q(active_to__gt=at)
    return (
        RoleGrant.objects.filter(still_open, account=account, active_from__lte=at).select_related("unit").order_by("pk")
    )


def open_memberships(account: Any) -> QuerySet[Membership]:
    return (
        Membership.objects.filter(account=account, ended_at__isnull=True).select_related("organisation").order_by("pk")
    )


def employers_of(account: Any) -> list[tuple[Organisation, enums.MemberRole]]:
    """Whom the account works for, with its role: its employers first, then the branches of these. Two statements at most.

    A head office's members hold their role in its branches too.
    """
    roles = {row.organisation: enums.MemberRole(row.role) for row in open_memberships(account)}
    by_number = {organisation.pk: role for organisation, role in roles.items()}
    branches = Organisation.objects.filter(parent__in=by_number).order_by("pk") if by_number else ()
    for branch in branches:
        assert branch.parent_id is not None
        roles.setdefault(branch, by_number[branch.parent_id])
    return list(roles.items())


def members_of(organisation: Organisation) -> QuerySet[Membership]:
    return organisation.memberships.filter(ended_at__isnull=True).select_related("account").order_by("pk")


def papers_of(organisation: Organisation) -> QuerySet[Paper]:
    return organisation.papers.select_related("uploaded_by").order_by("-uploaded_at", "-pk")


def required_papers(organisation: Organisation) -> list[enums.PaperKind]:
    """What an officer has to see (人力资源市场暂行条例 第二十六条; agencies also 第十八条)."""
    agency = [enums.PaperKind.HR_LICENCE] if organisation.is_agency else []
    return [enums.PaperKind.LICENCE, enums.PaperKind.AGENT_ID, *agency]


def has_licence_in_force(organisation: Organisation, *, at: datetime) -> bool:
    """May an agency work on that day (人力资源市场暂行条例 第十八条)?"""
    return AgencyLicence.objects.filter(organisation=organisation, valid_until__gte=city_date(at)).exists()


def missing_papers(organisation: Organisation) -> list[str]:
    shown = set(organisation.papers.values_list("kind", flat=True))
    return [str(kind) for kind in required_papers(organisation) if kind not in shown]


def open_invitations(organisation: Organisation, *, at: datetime) -> QuerySet[MemberInvitation]:
    waiting = organisation.member_invitations.filter(used_at__isnull=True, expires_at__gt=at)
    return waiting.order_by("-created_at", "-pk")


def invitation_behind(token: str, *, at: datetime) -> MemberInvitation | None:
    """The invitation that a link still opens."""
    from taihu.records.identity.actions.members import token_hash

    waiting = MemberInvitation.objects.filter(token_hash=token_hash(token), used_at__isnull=True, expires_at__gt=at)
    return waiting.select_related("organisation").first()


def api_keys_of(organisation: Organisation) -> QuerySet[ApiKey]:
    """Working keys first, the newest first."""
    return organisation.api_keys.select_related("created_by").order_by(
        F("revoked_at").desc(nulls_first=True), "-created_at", "-pk"
    )


def verification_queue() -> QuerySet[Verification]:
    """Open requests, the most urgent first."""
    return (
        Verification.objects.filter(state=enums.VerificationState.REQUESTED)
        .select_related("organisation", "requested_by")
        .annotate(paper_count=Count("organisation__papers"), last_paper_at=Max("organisation__papers__uploaded_at"))
        .order_by("due_at", "pk")
    )


def verifications_of(organisation: Organisation) -> QuerySet[Verification]:
    return organisation.verifications.select_related("decided_by").order_by("-requested_at", "-pk")


def find_duplicates(person: Person) -> QuerySet[Person]:
    """Other records that may be the same person: the same phone number, or the same name and birth date."""
    same = Q(pk__in=[])
    if person.phone_hash:
        same |= Q(phone_hash=person.phone_hash)
    if person.name and person.birth_date:
        same |= Q(name=person.name, birth_date=person.birth_date)
    others = Person.objects.filter(same, merged_into__isnull=True, erased_at__isnull=True)
    return others.exclude(pk=person.pk).order_by("pk")


def verified_at(*, at: datetime) -> Q:
    """Organisations whose verification holds at that moment, whether or not the daily run came by."""
    return Q(state=enums.OrganisationState.VERIFIED, verified_until__gt=at)


def export_own_record(person: Person) -> dict[str, Any]:
    """Everything that this floor knows of a person, for themselves."""
    return {
        "person": {
            "name": person.name,
            "id_type": person.id_type,
            "id_number": person.id_number,
            "phone": person.phone,
            "email": person.email,
            "birth_date": person.birth_date,
            "area_code": person.area_code,
            "registered_at": person.created_at,
        },
        "account": _export_account(person.account),
        "consents": list(
            consents_of(person).values("purpose", "recipient__name", "text_version", "given_at", "withdrawn_at")
        ),
        "disclosures": list(disclosures_of(person).values("at", "viewer", "purpose", "ground", "what")),
        "mandates": list(
            mandates_of(person).values("caseworker__display_name", "state", "requested_at", "active_from", "active_to")
        ),
        "keys": list(
            person.keys.order_by("pk").values(
                "label", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"
            )
        ),
        "demographics": list(
            type(person)
            .objects.filter(pk=person.pk, demographics__isnull=False)
            .values("demographics__sex", "demographics__age_band", "demographics__declared_at")
        ),
    }


def _export_account(account: Account | None) -> dict[str, Any] | None:
    if account is None:
        return None
    return {
        "email": account.email,
        "phone": account.phone,
        "display_name": account.display_name,
        "created_at": account.created_at,
        "memberships": list(account.memberships.values("organisation__name", "role", "created_at", "ended_at")),
        "offices": list(account.grants.values("unit__name", "role", "active_from", "active_to")),
        "notifications": list(notifications_of(account).values("kind", "data", "created_at", "read_at")),
    }


def export_person(person: Person) -> bytes:
    """One archive with `data.json` and every file of theirs; the same data give the same bytes."""
    from taihu.records.identity.actions.erasure import data_holders

    data: dict[str, Any] = export_own_record(person)
    files: list[tuple[str, Any]] = []
    for holder in data_holders():
        data[holder.name] = holder.export(person)
        files += holder.files(person) if holder.files else []
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1, sort_keys=True)
        archive.writestr(zipfile.ZipInfo("data.json"), text)
        for name, stored in files:
            with stored.open("rb") as handle:
                archive.writestr(zipfile.ZipInfo(f"files/{name}"), handle.read())
    return target.getvalue()
