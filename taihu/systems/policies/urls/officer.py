from django.urls import URLPattern, URLResolver, path

from taihu.systems.policies.views import direct, officer

urlpatterns: list[URLPattern | URLResolver] = [
    path("office/policies/", officer.list_policies, name="office_policies"),
    path("office/policies/runs/", officer.list_runs, name="office_runs"),
    path("office/policies/runs/<int:number>/", officer.show_run, name="office_run"),
    path(
        "office/policies/runs/<int:number>/contradictions/", officer.list_contradictions, name="office_contradictions"
    ),
    path("office/policies/people/", officer.find_person, name="office_find_person"),
    path("office/policies/people/<int:number>/", officer.show_person, name="office_person"),
    path("office/policies/direct/", direct.list_direct, name="office_direct"),
    path("office/policies/direct/<int:number>/", direct.show_direct, name="office_direct_run"),
    path("office/policies/direct/<int:number>/decide/", direct.decide_list, name="office_direct_decide"),
    path("office/policies/direct/entries/<int:number>/", direct.show_entry, name="office_entry"),
    path("office/policies/corrections/", direct.list_corrections, name="office_corrections"),
    path("office/policies/corrections/<int:number>/", direct.show_correction, name="office_correction"),
    path("office/policies/corrections/<int:number>/evidence/", direct.download_evidence, name="office_correction_file"),
    path("office/policies/<int:number>/", officer.show_policy, name="office_policy"),
    path("office/policies/<int:number>/direct/", direct.switch_direct, name="office_switch_direct"),
    path("office/policies/<int:number>/<slug:group>/", officer.list_people, name="office_people"),
]
