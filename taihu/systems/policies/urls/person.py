from django.urls import URLPattern, URLResolver, path

from taihu.systems.policies.views import person

urlpatterns: list[URLPattern | URLResolver] = [
    path("me/entitlements/", person.show_entitlements, name="entitlements"),
    path("me/entitlements.json", person.export_entitlements, name="entitlements_json"),
    path("me/entitlements/agree/", person.agree, name="entitlements_agree"),
    path("me/entitlements/<slug:policy>/direct/", person.decline, name="entitlement_direct"),
    path("me/entitlements/<slug:policy>/<str:version>/", person.show_entitlement, name="entitlement"),
    path("me/facts/", person.list_corrections, name="facts"),
    path("me/facts/requests/<int:number>/withdraw/", person.withdraw_correction, name="correction_withdraw"),
    path("me/facts/<slug:name>/correct/", person.correct, name="correct"),
]
