from taihu.systems.policies.models.applications import Application
from taihu.systems.policies.models.calls import Call, CallChange, CallText, Track
from taihu.systems.policies.models.corrections import CorrectionRequest
from taihu.systems.policies.models.editing import Forecast, ForecastChange, WorkingText
from taihu.systems.policies.models.policies import PolicyVersion
from taihu.systems.policies.models.runs import DirectEntry, DirectRun, OptOut, PolicyRun, RunBlock, RunResult

__all__ = [
    "Application",
    "Call",
    "CallChange",
    "CallText",
    "CorrectionRequest",
    "DirectEntry",
    "DirectRun",
    "Forecast",
    "ForecastChange",
    "OptOut",
    "PolicyRun",
    "PolicyVersion",
    "RunBlock",
    "RunResult",
    "Track",
    "WorkingText",
]
