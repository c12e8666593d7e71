from django.urls import URLPattern, URLResolver, path

from taihu.systems.jobs.views import employer_desk as desk
from taihu.systems.jobs.views import employer_imports as imports
from taihu.systems.jobs.views import employer_members as members
from taihu.systems.jobs.views import employer_openings as openings
from taihu.systems.jobs.views import employer_organisation as organisation

urlpatterns: list[URLPattern | URLResolver] = [
    path("employer/", desk.show_desk, name="employer_home"),
    path("employer/start/", organisation.show_start, name="employer_start"),
    path("employer/register/", organisation.register, name="employer_register"),
    path("employer/register/code/", organisation.check_code, name="employer_check_code"),
    path("employer/open/<int:number>/", organisation.open_desk, name="employer_open"),
    path("employer/organisation/", organisation.show_organisation, name="employer_organisation"),
    path("employer/organisation/verify/", organisation.ask_verification, name="employer_ask"),
    path("employer/organisation/registration/", organisation.edit_registration, name="employer_registration"),
    path("employer/organisation/about/", organisation.edit_about, name="employer_about"),
    path("employer/organisation/agency/", organisation.edit_agency, name="employer_agency"),
    path("employer/papers/<int:number>/", organisation.download_paper, name="employer_paper"),
    path("employer/branches/", organisation.list_branches, name="employer_branches"),
    path("employer/branches/new/", organisation.register_branch, name="employer_branch_new"),
    path("employer/members/", members.manage_members, name="employer_members"),
    path("employer/members/<int:number>/role/", members.change_role, name="employer_member_role"),
    path("employer/members/<int:number>/remove/", members.remove_member, name="employer_member_remove"),
    path(
        "employer/invitations/<int:number>/withdraw/", members.withdraw_invitation, name="employer_invitation_withdraw"
    ),
    path("employer/keys/", members.manage_keys, name="employer_keys"),
    path("employer/keys/<int:number>/revoke/", members.revoke_key, name="employer_key_revoke"),
    path("employer/openings/", openings.list_openings, name="employer_openings"),
    path("employer/openings/new/", openings.create, name="employer_opening_new"),
    path("employer/openings/check/", openings.check_text, name="employer_check_text"),
    path("employer/imports/", imports.list_imports, name="employer_imports"),
    path("employer/imports/template.<slug:kind>", imports.download_template, name="employer_import_template"),
    path("employer/imports/<int:number>/", imports.show_import, name="employer_import"),
    path("employer/imports/<int:number>/start/", imports.start, name="employer_import_start"),
    path("employer/imports/<int:number>/drop/", imports.drop, name="employer_import_drop"),
    path("employer/imports/<int:number>/to-correct.csv", imports.download_rejects, name="employer_import_rejects"),
    path("employer/openings.<slug:kind>", openings.export, name="employer_openings_export"),
    path("employer/openings/<int:number>/", openings.show, name="employer_opening"),
    path("employer/openings/<int:number>/edit/", openings.edit, name="employer_opening_edit"),
    path("employer/openings/<int:number>/preview/", openings.preview, name="employer_preview"),
    path("employer/openings/<int:number>/publish/", openings.publish, name="employer_publish"),
    path("employer/openings/<int:number>/renew/", openings.renew, name="employer_renew"),
    path("employer/openings/<int:number>/pause/", openings.pause, name="employer_pause"),
    path("employer/openings/<int:number>/take-back/", openings.take_back, name="employer_take_back"),
    path("employer/openings/<int:number>/close/", openings.close, name="employer_close"),
    path("employer/openings/<int:number>/discard/", openings.discard, name="employer_discard"),
]
