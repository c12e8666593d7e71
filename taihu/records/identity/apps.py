from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "taihu.records.identity"
    label = "identity"

    def ready(self) -> None:
        from taihu.records.identity import receivers, retention  # noqa: F401 - registers handlers and rules
