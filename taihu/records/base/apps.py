from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "taihu.records.base"
    label = "base"
