from django.apps import AppConfig


class FactsConfig(AppConfig):
    name = "taihu.records.facts"
    label = "facts"
