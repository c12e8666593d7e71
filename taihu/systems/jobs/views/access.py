"""Who may open a page. The actions check again: a page is only the polite door."""

from taihu.records.identity.doors import role_required
from taihu.records.identity.enums import Role

officer_required = role_required(Role.OFFICER, Role.DECIDER)
log_readers = role_required(Role.OFFICER, Role.DECIDER, Role.AUDITOR, Role.ADMINISTRATOR)
