"""For whoever keeps the system running."""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from taihu.records.base.models import Delivery


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers; `failed_deliveries` should be 0."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    failed = Delivery.objects.filter(state=Delivery.State.FAILED).count()
    return JsonResponse({"status": "ok", "database": connection.vendor, "failed_deliveries": failed})
