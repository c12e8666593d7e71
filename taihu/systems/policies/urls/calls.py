from django.urls import URLPattern, URLResolver, path

from taihu.systems.policies.views import call_editor, calls, cases, notices, office_calls, reviews

urlpatterns: list[URLPattern | URLResolver] = [
    path("calls/", calls.list_calls, name="calls"),
    path("calls/<slug:code>/", calls.show_call, name="call"),
    path("calls/<slug:code>/<slug:track>/", calls.show_track, name="track"),
    path("calls/<slug:code>/<slug:track>/apply/", calls.start, name="apply"),
    path("notices/", notices.list_notices, name="notices"),
    path("notices/<int:number>/", notices.show_notice, name="notice"),
    path("notices/<int:number>/<int:entry>/object/", notices.object_to, name="object"),
    path("objections/<str:ticket>/", notices.show_objection, name="objection"),
    path("office/cases/", cases.list_queue, name="office_cases"),
    path("office/cases/<int:number>/", cases.show, name="office_case"),
    path("office/cases/<int:number>/file.zip", cases.download_file, name="office_case_file"),
    path("office/cases/<int:number>/letter/", cases.letter, name="office_case_letter"),
    path("office/cases/<int:number>/letter.pdf", cases.letter_pdf, name="office_case_letter_pdf"),
    path("office/checks/", cases.list_checks, name="office_checks"),
    path("office/checks/<int:number>/", cases.show_exchange, name="office_exchange"),
    path("office/notices/", cases.list_notices, name="office_notices"),
    path("office/objections/<int:number>/", cases.show_objection, name="office_objection"),
    path("office/objections/<int:number>/evidence/", cases.download_evidence, name="office_evidence"),
    path("office/calls/", office_calls.list_calls, name="office_calls"),
    path("office/calls/new/", call_editor.start, name="office_call_new"),
    path("office/calls/<int:number>/", office_calls.show, name="office_call"),
    path("office/calls/<int:number>/form/", call_editor.edit_form, name="office_call_form"),
    path("office/calls/<int:number>/text/", call_editor.edit_text, name="office_call_text"),
    path("office/calls/<int:number>/preview/", call_editor.preview, name="office_call_preview"),
    path("office/calls/<int:number>/discard/", call_editor.discard, name="office_call_discard"),
    path("reviews/", reviews.list_reviews, name="reviews"),
    path("reviews/<int:number>/", reviews.show, name="review"),
    path("reviews/<int:number>/documents/<int:document>/", reviews.download, name="review_document"),
]
