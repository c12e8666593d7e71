"""What `taihu --help` shows: the commands of the project, each in a line; Django's own by name only."""

from django.core.management import ManagementUtility, get_commands, load_command_class

GUIDE = """\
太湖 Taihu: the software on which a city runs its talent programme.

Start here
  taihu demo                      build a made-up city and serve it on 127.0.0.1:8000
  taihu policies check FILE       check a policy file and run its worked cases
  taihu COMMAND --help            what a command takes

Commands
{own}

From Django
  {others}

Everything is written below TAIHU_DATA (./var by default).
Exit codes: 0 done, 1 refused or something does not agree, 2 wrong arguments, 130 interrupted."""


class Utility(ManagementUtility):
    def main_help_text(self, commands_only: bool = False) -> str:
        if commands_only:
            return super().main_help_text(commands_only=True)
        commands = sorted(get_commands().items())
        own = {name: app for name, app in commands if isinstance(app, str) and app.startswith("taihu.")}
        lines = [f"  {name:12} {_first_sentence(load_command_class(app, name).help)}" for name, app in own.items()]
        others = [name for name in ("migrate", "check", "shell", "dbshell") if name not in own]
        return GUIDE.format(own="\n".join(lines), others=", ".join(others))


def _first_sentence(text: str) -> str:
    return text.split(". ", maxsplit=1)[0].rstrip(".")
