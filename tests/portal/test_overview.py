"""`taihu --help` is the first page that an engineer reads."""

from django.core.management import get_commands

from taihu.portal.overview import Utility


def test_the_overview_gives_every_own_command_a_line_that_fits():
    lines = Utility(["taihu"]).main_help_text().splitlines()
    own = {name for name, app in get_commands().items() if str(app).startswith("taihu.")}

    told = {line.split()[0]: line for line in lines if line.startswith("  ") and line.split()[0] in own}

    assert set(told) == own
    assert [line for line in told.values() if len(line) > 130 or len(line.split()) < 4] == []
