from django.urls import URLPattern, URLResolver, path

from taihu.systems.jobs.views import duplicates, fairness, imports, officer, oversight

urlpatterns: list[URLPattern | URLResolver] = [
    path("office/verifications/", officer.list_verifications, name="office_verifications"),
    path("office/verifications/<int:number>/", officer.show_verification, name="office_verification"),
    path("office/duplicates/", duplicates.list_duplicates, name="office_duplicates"),
    path("office/duplicates/<int:number>/", duplicates.choose, name="office_duplicate"),
    path("office/duplicates/<int:number>/into/<int:kept>/", duplicates.compare, name="office_merge"),
    path("office/papers/<int:number>/", officer.download_paper, name="office_paper"),
    path("office/reviews/", officer.list_reviews, name="office_reviews"),
    path("office/reviews/<int:number>/", officer.show_review, name="office_review"),
    path("office/complaints/", officer.list_complaints, name="office_complaints"),
    path("office/complaints/<int:number>/", officer.show_complaint, name="office_complaint"),
    path("office/takedowns/", officer.list_takedowns, name="office_takedowns"),
    path("office/takedowns/<int:number>/lift/", officer.lift, name="office_lift"),
    path("office/openings/<int:number>/take-down/", officer.take_down_opening, name="office_take_down"),
    path("office/imports/", imports.list_imports, name="office_imports"),
    path("office/imports/<int:number>/", imports.show_import, name="office_import"),
    path("office/imports/<int:number>/report.json", imports.download_report, name="office_import_report"),
    path("office/imports/<int:number>/rejects.csv", imports.download_rejects, name="office_import_rejects"),
    path("office/imports/rows/", imports.list_held_rows, name="office_held_rows"),
    path("office/imports/rows/<int:number>/", imports.show_held_row, name="office_held_row"),
    path("office/matches/", oversight.list_runs, name="office_runs"),
    path("office/matches/<int:number>/", oversight.show_run, name="office_run"),
    path("office/supply/", oversight.show_supply, name="office_supply"),
    path("office/fairness/", fairness.show_fairness, name="office_fairness"),
    path("office/audit/", oversight.show_audit, name="office_audit"),
]
