"""Addresses of the job market, one file per kind of reader; names are used as `jobs:name`."""

from django.urls import URLPattern, URLResolver

from taihu.systems.jobs.urls import employer, employer_hiring, officer, public, seeker

app_name = "jobs"
urlpatterns: list[URLPattern | URLResolver] = [
    *public.urlpatterns,
    *seeker.urlpatterns,
    *employer.urlpatterns,
    *employer_hiring.urlpatterns,
    *officer.urlpatterns,
]
