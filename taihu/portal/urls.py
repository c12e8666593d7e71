from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import TemplateView

from taihu.portal import guide, preferences
from taihu.portal.views import desk, front, me, operations
from taihu.systems.jobs.api import api as jobs_api
from taihu.systems.policies.api import api as policies_api

handler400 = "taihu.portal.failures.bad_request"
handler403 = "taihu.portal.failures.forbidden"
handler404 = "taihu.portal.failures.not_found"
handler500 = "taihu.portal.failures.broken"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", front.show_front, name="front"),
    path("account/", include("allauth.urls")),
    path("preferences/", preferences.save_preferences, name="preferences"),
    path("accessibility/", TemplateView.as_view(template_name="accessibility.html"), name="accessibility"),
    path("design/", guide.show_guide, name="design"),
    path("design/<slug:part>/", guide.show_guide, name="design_part"),
    path("me/", include("taihu.portal.views.urls")),
    path("home/", me.go_home, name="home_of_role"),
    path("join/<str:token>/", me.join, name="join"),
    path("privacy/", me.show_privacy, name="privacy"),
    path("office/", desk.show_desk, name="desk"),
    path("health", operations.health, name="health"),
    path("api/v1/policies/", policies_api.urls),
    path("api/v1/", jobs_api.urls),
    path("", include("taihu.systems.jobs.urls")),
    path("", include("taihu.systems.policies.urls")),
]
