from django.urls import URLPattern, URLResolver, path

from taihu.systems.jobs.views.hiring import application, board, candidates

urlpatterns: list[URLPattern | URLResolver] = [
    path("employer/candidates/", board.show_board, name="employer_board"),
    path("employer/candidates/refuse/", board.refuse_several, name="employer_refuse_several"),
    path("employer/openings/<int:number>/candidates/", board.show_opening_board, name="employer_opening_board"),
    path("employer/openings/<int:number>/filled", board.close_filled, name="employer_filled"),
    path("employer/openings/<int:number>/answer/", board.answer_everybody, name="employer_answer_all"),
    path("employer/openings/<int:number>/recommended/", candidates.list_candidates, name="employer_recommended"),
    path(
        "employer/openings/<int:number>/recommended/<str:code>/invite/",
        candidates.invite_candidate,
        name="employer_invite",
    ),
    path(
        "employer/openings/<int:number>/recommended/<str:code>/hide/",
        candidates.hide_candidate,
        name="employer_hide_candidate",
    ),
    path("employer/applications/<int:number>", application.show_application, name="employer_application"),
    path("employer/applications/<int:number>/refuse/", application.refuse_one, name="employer_refuse"),
    path("employer/applications/<int:number>/interview/", application.arrange_interview, name="employer_interview"),
    path("employer/applications/<int:number>/offer/", application.offer_job, name="employer_offer"),
    path("employer/applications/<int:number>/hire/", application.report_hire, name="employer_hire"),
    path("employer/interviews/<int:number>.ics", application.download_meeting, name="employer_meeting"),
]
