from django.apps import AppConfig


class FactsConfig(AppConfig):
    name = "taihu.records.facts"
    label = "facts"

    def ready(self) -> None:
        from taihu.records.facts import receivers, rule_facts  # noqa: F401 - registers what is held of people
