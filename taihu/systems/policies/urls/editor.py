from django.urls import URLPattern, URLResolver, path

from taihu.systems.policies.views import editor, editor_forecast, editor_release

urlpatterns: list[URLPattern | URLResolver] = [
    path("office/policies/editor/", editor.show_home, name="editor"),
    path("office/policies/editor/new/", editor.start, name="editor_new"),
    path("office/policies/editor/facts/", editor.show_facts, name="editor_facts"),
    path("office/policies/editor/language/", editor.show_language, name="editor_language"),
    path("office/policies/editor/<int:number>/", editor.edit_form, name="editor_form"),
    path("office/policies/editor/<int:number>/text/", editor.edit_text, name="editor_text"),
    path("office/policies/editor/<int:number>/check/", editor.check, name="editor_check"),
    path("office/policies/editor/<int:number>/discard/", editor.discard, name="editor_discard"),
    path("office/policies/editor/<int:number>/revise/", editor_release.revise, name="editor_revise"),
    path("office/policies/editor/<int:number>/changes/", editor_release.show_changes, name="editor_changes"),
    path("office/policies/editor/<int:number>/forecast/", editor_forecast.forecast, name="editor_forecast"),
    path(
        "office/policies/editor/<int:number>/forecast/<int:forecast>/<slug:policy>/<slug:move>/",
        editor_forecast.list_moved,
        name="editor_moved",
    ),
    path("office/policies/editor/<int:number>/publish/", editor_release.publish, name="editor_publish"),
    path("office/policies/editor/<int:number>/withdraw/", editor_release.withdraw, name="editor_withdraw"),
]
