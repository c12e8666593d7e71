"""Whose pages these are: the account's own person, or the one that a caseworker turned to."""

from django.http import HttpRequest

from taihu.records.base.clock import now
from taihu.records.identity.actions import register_person
from taihu.records.identity.doors import account_of
from taihu.records.identity.models import Person
from taihu.records.identity.permissions import acts_for
from taihu.records.identity.queries import person_of

# The session key under which a caseworker's pages remember for whom they act.
ACTING = "acting_for"


def person_for(request: HttpRequest) -> Person:
    """Asked anew on every request: a mandate that ended ends the acting at once."""
    account = account_of(request)
    number = request.session.get(ACTING)
    chosen = Person.objects.filter(pk=number).first() if number else None
    if chosen is not None and acts_for(account, chosen, at=now()):
        request.acted_for = chosen  # type: ignore[attr-defined]
        return chosen
    found = person_of(account)
    if found is not None:
        return found
    return register_person(acting_user=account, at=now(), name=account.display_name, account=account)
