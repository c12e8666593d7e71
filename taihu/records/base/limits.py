"""How often somebody may do something; counted in the database, so that it holds across processes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.base.fields import keyed_hash
from taihu.records.base.models import Allowance


class TooMany(Refused):
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "too_many",
            _("操作太频繁。"),
            _("请在 %(seconds)s 秒后再试。") % {"seconds": retry_after},
            retry_after=retry_after,
        )
        self.retry_after = retry_after


def client_address(request: HttpRequest) -> str:
    """The address that the connection, or the one trusted proxy, reports."""
    if settings.SECURE_PROXY_SSL_HEADER and (forwarded := request.META.get("HTTP_X_FORWARDED_FOR")):
        return str(forwarded).rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR") or "unknown")


def consume(name: str, who: str, *, amount: int, seconds: int, at: datetime) -> None:
    """Count one use in the present window of `seconds`; raise TooMany beyond `amount`.

    >>> consume("apply", "account:5", amount=30, seconds=3600, at=at)  # doctest: +SKIP
    """
    key = keyed_hash(f"{name}|{who}")
    cutoff = at - timedelta(seconds=seconds)
    fresh = {"count": 1, "started_at": at}
    row, is_new = Allowance.objects.get_or_create(key=key, defaults={"name": name, **fresh})
    if is_new or Allowance.objects.filter(pk=row.pk, started_at__lte=cutoff).update(**fresh):
        return
    if Allowance.objects.filter(pk=row.pk, count__lt=amount).update(count=F("count") + 1):
        return
    wait = int((row.started_at - cutoff).total_seconds()) + 1
    raise TooMany(max(1, min(wait, seconds)))


def give_back(name: str, who: str) -> None:
    """Take back one use: a successful login is no attempt to guess."""
    Allowance.objects.filter(key=keyed_hash(f"{name}|{who}"), count__gt=0).update(count=F("count") - 1)


def who_asks(request: HttpRequest) -> str:
    account = getattr(request, "user", None)
    if account is not None and account.is_authenticated:
        return f"account:{account.pk}"
    return f"address:{client_address(request)}"


def limited(
    name: str, *, amount: int, seconds: int, methods: tuple[str, ...] = ("POST",)
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Decorate a view: at most `amount` requests of these methods per account, or per address when signed out."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method in methods:
                consume(name, who_asks(request), amount=amount, seconds=seconds, at=now())
            return view(request, *args, **kwargs)

        return wrapper

    return decorate
