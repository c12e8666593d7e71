from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "taihu.records.audit"
    label = "audit"
