from django.urls import URLPattern, URLResolver, path

from taihu.systems.policies.views import public

urlpatterns: list[URLPattern | URLResolver] = [
    path("policies/", public.list_policies, name="list"),
    path("policies/lists/", public.list_notices, name="direct_notices"),
    path("policies/lists/<int:number>/", public.show_notice, name="direct_notice"),
    path("policies/<slug:policy>/<str:version>/", public.show_version, name="version"),
    path("policies/<slug:policy>/<str:version>/check/", public.check_oneself, name="check"),
    path("policies/<slug:policy>/<str:version>/text.yaml", public.download_text, name="text"),
]
