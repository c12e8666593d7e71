from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "taihu.systems.policies"
    label = "policies"

    def ready(self) -> None:
        from taihu.systems.policies import case_receivers, receivers  # noqa: F401 - registers the handlers
