"""Files that were uploaded to be imported, and never were, go after a month."""

from datetime import timedelta

from taihu.records.base.retention import RetentionRule, register_retention
from taihu.systems.jobs.enums import BatchState
from taihu.systems.jobs.models import ImportBatch

UPLOADS_KEPT = timedelta(days=30)

register_retention(
    RetentionRule(
        "import_uploads",
        "上传三十天没有导入，不再需要（个人信息保护法 第十九条）",
        UPLOADS_KEPT,
        lambda before: ImportBatch.objects.filter(state=BatchState.UPLOADED, started_at__lt=before),
        file="file",
    )
)
