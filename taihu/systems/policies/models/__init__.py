from taihu.systems.policies.models.policies import PolicyVersion

__all__ = ["PolicyVersion"]
