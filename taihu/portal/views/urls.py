"""Everybody's own pages, used as `me:name`."""

from django.urls import path

from taihu.portal.views import keys, me, offices

app_name = "me"
urlpatterns = [
    path("", me.show_home, name="home"),
    path("role/", me.change_hat, name="hat"),
    path("contact/", me.edit_contact, name="contact"),
    path("inbox/", me.show_inbox, name="inbox"),
    path("inbox/<int:pk>/", me.open_message, name="message"),
    path("seen/", me.show_disclosures, name="seen"),
    path("consents/", me.manage_consents, name="consents"),
    path("mandates/", me.manage_mandates, name="mandates"),
    path("keys/", keys.manage_keys, name="keys"),
    path("keys/<int:number>/revoke/", keys.revoke_key, name="key_revoke"),
    path("data/", me.show_data, name="data"),
    path("data/download/", me.download_data, name="download"),
    path("erase/", me.erase, name="erase"),
    path("offices/", offices.manage, name="offices"),
    path("units/", offices.list_units, name="units"),
    path("units/new/", offices.edit_unit, name="unit_new"),
    path("units/<int:number>/", offices.edit_unit, name="unit"),
]
