from django.urls import URLPattern, URLResolver, path

from taihu.systems.jobs.views import fairness, feeds, public, saved

urlpatterns: list[URLPattern | URLResolver] = [
    path("openings/", public.list_openings, name="openings"),
    path("openings/<int:number>/", public.show_opening, name="opening"),
    path("openings/<int:number>/complain/", public.complain, name="complain"),
    path("complaints/<str:ticket>/", public.show_complaint, name="complaint"),
    path("employers/<int:number>/", public.show_employer, name="employer"),
    path("how-matching-works/", public.show_algorithm, name="algorithm"),
    path("how-matching-works/fairness/", fairness.show_summary, name="fairness"),
    path("robots.txt", feeds.show_robots, name="robots"),
    path("sitemap.xml", feeds.show_sitemap, name="sitemap"),
    path("sitemap-<int:page>.xml", feeds.show_sitemap_page, name="sitemap_page"),
    path("openings.atom", feeds.show_atom, name="atom"),
    path("openings.xml", feeds.show_job_feed, name="job_feed"),
    path("me/searches/", saved.list_searches, name="saved_searches"),
    path("me/searches/new/", saved.save, name="save_search"),
    path("me/searches/<int:number>/", saved.edit, name="saved_search"),
    path("me/searches/<int:number>/delete/", saved.delete, name="delete_search"),
    path("searches/stop/<str:token>/", saved.stop, name="stop_alerts"),
]
