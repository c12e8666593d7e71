from django.urls import URLPattern, URLResolver, path

from taihu.systems.jobs.views import seeker

urlpatterns: list[URLPattern | URLResolver] = [
    path("me/matches/", seeker.show_matches, name="my_matches"),
    path("me/matches/order/", seeker.switch_order, name="switch_order"),
    path("me/matches/<int:number>/hide/", seeker.hide, name="hide"),
    path("me/profile/", seeker.edit_profile, name="profile"),
    path("me/applications/", seeker.list_applications, name="applications"),
    path("me/applications/<int:number>", seeker.show_application, name="application"),
    path("openings/<int:number>/apply/", seeker.apply_to, name="apply"),
]
