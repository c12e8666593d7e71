import pytest
from django.core.exceptions import ValidationError

from taihu.records.taxonomy.validators import CodeValidator


def test_a_code_of_the_list_is_valid():
    CodeValidator("area")("320211")
    CodeValidator("occupation", levels=(3, 4))("2-02-10-03")


@pytest.mark.parametrize(
    ("validator", "value"),
    [
        (CodeValidator("area"), "999999"),
        (CodeValidator("area"), ""),
        (CodeValidator("occupation", levels=(4,)), "2-02"),
    ],
)
def test_another_code_is_refused_with_the_name_of_the_list(validator, value):
    with pytest.raises(ValidationError) as refusal:
        validator(value)

    assert refusal.value.code == "unknown_code"


def test_validators_of_the_same_list_are_equal_so_that_migrations_stay_still():
    assert CodeValidator("area", levels=(3,)) == CodeValidator("area", levels=(3,))
    assert CodeValidator("area") != CodeValidator("industry")
    assert hash(CodeValidator("area")) == hash(CodeValidator("area"))
