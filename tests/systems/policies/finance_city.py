"""A city's treasury and everybody who might open its pages."""

from django.urls import reverse
from factories import make_account, make_official
from records.ledger.making import make_treasury

from taihu.records.identity.enums import Role

ROLES = ("maker", "approver", "other", "decider", "officer", "auditor", "person", "anonymous")


class City:
    """One unit's money, and everybody who might look at it."""

    def __init__(self):
        self.treasury = make_treasury()
        self.line = self.treasury.line
        self.accounts = {
            "maker": self.treasury.maker,
            "approver": self.treasury.approver,
            "other": make_treasury("320214-finance", level="district").maker,
            "decider": make_official(Role.DECIDER, unit=self.treasury.unit),
            "officer": make_official(Role.OFFICER),
            "auditor": make_official(Role.AUDITOR, unit=self.treasury.unit),
            "person": make_account(),
        }

    def as_(self, client, role):
        client.logout()
        if role != "anonymous":
            client.force_login(self.accounts[role])
        return client


def url(name, *args):
    return reverse(f"policies:{name}", args=args)


def statuses(city, client, path, method="get", data=None):
    return {role: getattr(city.as_(client, role), method)(path, data or {}).status_code for role in ROLES}


def carry_out(client, path, data):
    """Type, look at what it comes to, confirm it; the answer to the confirmation."""
    shown = client.post(path, data)
    if shown.status_code != 200 or "found" not in shown.context:
        return shown
    return client.post(path, {**data, "confirmed": shown.context["found"].digest})
