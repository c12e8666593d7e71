from django.urls import URLPattern, URLResolver, include, path

from taihu.portal import guide, preferences

handler400 = "taihu.portal.failures.bad_request"
handler403 = "taihu.portal.failures.forbidden"
handler404 = "taihu.portal.failures.not_found"
handler500 = "taihu.portal.failures.broken"

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include("allauth.urls")),
    path("preferences/", preferences.save_preferences, name="preferences"),
    path("design/", guide.show_guide, name="design"),
    path("design/<slug:part>/", guide.show_guide, name="design_part"),
    path("", include("taihu.systems.jobs.urls")),
]
