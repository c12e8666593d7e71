from django.urls import URLPattern, URLResolver, path

from taihu.systems.jobs.views import caseworker, invitations, resumes, seeker

urlpatterns: list[URLPattern | URLResolver] = [
    path("me/matches/", seeker.show_matches, name="my_matches"),
    path("me/matches/order/", seeker.switch_order, name="switch_order"),
    path("me/matches/<int:number>/hide/", seeker.hide, name="hide"),
    path("me/profile/", seeker.edit_profile, name="profile"),
    path("me/applications/", seeker.list_applications, name="applications"),
    path("me/applications/<int:number>", seeker.show_application, name="application"),
    path("me/invitations/", invitations.list_invitations, name="invitations"),
    path("me/invitations/<int:number>/decline/", invitations.decline, name="decline_invitation"),
    path("for/", caseworker.show_home, name="caseworker_home"),
    path("for/<int:number>/", caseworker.begin, name="act_for"),
    path("for/end/", caseworker.end, name="act_for_end"),
    path("me/interviews/<int:number>.ics", resumes.download_interview, name="interview_calendar"),
    path("me/resumes/", resumes.list_resumes, name="resumes"),
    path("me/resumes/new/", resumes.write_resume, name="resume_new"),
    path("me/resumes/<int:number>/", resumes.edit_resume, name="resume"),
    path("me/resumes/<int:number>/delete/", resumes.remove_resume, name="resume_delete"),
    path("me/resumes/<int:number>.json", resumes.export_resume, name="resume_export"),
    path("openings/<int:number>/apply/", seeker.apply_to, name="apply"),
]
