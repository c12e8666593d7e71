"""Who may do what with an opening."""

from datetime import datetime
from typing import Any

from taihu.records.identity.permissions import can_recruit_for, can_view_organisation, is_officer
from taihu.systems.jobs.models import Opening


def can_edit_opening(account: Any, opening: Opening) -> bool:
    return not opening.source and can_recruit_for(account, opening.organisation)


def can_see_unlisted_opening(account: Any, opening: Opening, *, at: datetime) -> bool:
    return can_view_organisation(account, opening.organisation) or is_officer(account, at=at)
