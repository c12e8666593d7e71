from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "taihu.records.identity"
    label = "identity"

    def ready(self) -> None:
        from taihu.records.identity import receivers  # noqa: F401 - registers the handlers
