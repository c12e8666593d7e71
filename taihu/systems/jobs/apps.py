from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "taihu.systems.jobs"
    label = "jobs"

    def ready(self) -> None:
        from taihu.systems.jobs import receivers, retention  # noqa: F401 - register what happens and what is kept
        from taihu.systems.jobs.search import receivers as search_receivers  # noqa: F401
