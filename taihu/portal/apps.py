from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "taihu.portal"
    label = "portal"
