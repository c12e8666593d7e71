from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "taihu.records.identity"
    label = "identity"
