from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "taihu.records.ledger"
    label = "ledger"

    def ready(self) -> None:
        from taihu.records.ledger import receivers, retention  # noqa: F401 - register what happens and what is kept
