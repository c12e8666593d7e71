"""Addresses of the policies, one file per kind of reader; names are used as `policies:name`."""

from django.urls import URLPattern, URLResolver

from taihu.systems.policies.urls import applications, calls, editor, finance, officer, person, public

app_name = "policies"
urlpatterns: list[URLPattern | URLResolver] = [
    *public.urlpatterns,
    *person.urlpatterns,
    *applications.urlpatterns,
    *officer.urlpatterns,
    *editor.urlpatterns,
    *calls.urlpatterns,
    *finance.urlpatterns,
]
