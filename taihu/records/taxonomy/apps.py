from django.apps import AppConfig


class TaxonomyConfig(AppConfig):
    name = "taihu.records.taxonomy"
    label = "taxonomy"
