from django.urls import URLPattern, URLResolver, path

from taihu.systems.policies.views import applications, employers

urlpatterns: list[URLPattern | URLResolver] = [
    path("me/policy-applications/", applications.list_applications, name="my_applications"),
    path("me/policy-applications/<int:number>/", applications.show, name="application"),
    path("me/policy-applications/<int:number>/form/", applications.edit, name="application_form"),
    path("me/policy-applications/<int:number>/letter/", applications.letter, name="application_letter"),
    path("me/policy-applications/<int:number>/letter.pdf", applications.letter_pdf, name="application_letter_pdf"),
    path("policy-documents/<int:number>/", applications.download, name="document"),
    path("policy-documents/<int:number>/remove/", applications.remove, name="document_remove"),
    path("employer/policy-applications/", employers.list_applications, name="employer_applications"),
    path("employer/policy-applications/confirm/", employers.confirm_several, name="employer_confirm"),
    path("employer/policy-applications/<int:number>/", employers.show, name="employer_application"),
    path("employer/calls/<slug:code>/<slug:track>/", employers.start, name="employer_start"),
]
