"""Who may do what with policies."""

from datetime import datetime
from typing import Any

from taihu.records.cases.permissions import DESK, holds_office
from taihu.records.identity.enums import Role
from taihu.records.identity.models import Unit
from taihu.records.identity.permissions import has_role, is_officer


def can_edit_policies(account: Any, *, at: datetime) -> bool:
    """Drafts are the officers' work."""
    return is_officer(account, at=at)


def can_publish_policies(account: Any, *, at: datetime) -> bool:
    """Publishing is the decider's word: it binds the city."""
    return has_role(account, Role.DECIDER, at=at)


def can_start_runs(account: Any, *, at: datetime) -> bool:
    return is_officer(account, at=at)


def can_edit_calls(account: Any, *, at: datetime) -> bool:
    return is_officer(account, at=at)


def can_edit_calls_of(account: Any, office: Unit, *, at: datetime) -> bool:
    """A call is the work of the office that leads it."""
    return holds_office(account, [office], DESK, at=at)
