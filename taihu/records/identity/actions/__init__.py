"""Writes on people, organisations and accounts: one verb each."""

from taihu.records.identity.actions.api_keys import authenticate_api_key, create_api_key, revoke_api_key
from taihu.records.identity.actions.consents import declare_demographics, disclose, give_consent, withdraw_consent
from taihu.records.identity.actions.erasure import DataHolder, erase_person, register_holder
from taihu.records.identity.actions.mandates import accept_mandate, end_mandate, request_mandate
from taihu.records.identity.actions.members import (
    accept_invitation,
    change_member_role,
    end_membership,
    invite_member,
    withdraw_invitation,
)
from taihu.records.identity.actions.merging import merge_organisations, merge_people
from taihu.records.identity.actions.notifications import mark_read, notify, register_kind
from taihu.records.identity.actions.organisations import (
    change_organisation,
    change_registration,
    describe_agency,
    register_organisation,
    suspend_organisation,
    upload_paper,
)
from taihu.records.identity.actions.people import change_contact, ensure_person, register_person
from taihu.records.identity.actions.personal_keys import (
    authenticate_personal_key,
    create_personal_key,
    revoke_personal_key,
)
from taihu.records.identity.actions.roles import end_grant, grant_role
from taihu.records.identity.actions.units import UnitRow, save_unit, save_units
from taihu.records.identity.actions.verifications import decide_verification, expire_verifications, request_verification

__all__ = [
    "DataHolder",
    "UnitRow",
    "accept_invitation",
    "accept_mandate",
    "authenticate_api_key",
    "authenticate_personal_key",
    "change_contact",
    "change_member_role",
    "change_organisation",
    "change_registration",
    "create_api_key",
    "create_personal_key",
    "decide_verification",
    "declare_demographics",
    "describe_agency",
    "disclose",
    "end_grant",
    "end_mandate",
    "end_membership",
    "ensure_person",
    "erase_person",
    "expire_verifications",
    "give_consent",
    "grant_role",
    "invite_member",
    "mark_read",
    "merge_organisations",
    "merge_people",
    "notify",
    "register_holder",
    "register_kind",
    "register_organisation",
    "register_person",
    "request_mandate",
    "request_verification",
    "revoke_api_key",
    "revoke_personal_key",
    "save_unit",
    "save_units",
    "suspend_organisation",
    "upload_paper",
    "withdraw_consent",
    "withdraw_invitation",
]
