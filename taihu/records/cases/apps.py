from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "taihu.records.cases"
    label = "cases"

    def ready(self) -> None:
        from taihu.records.cases import receivers, retention  # noqa: F401 - registers handlers and rules
