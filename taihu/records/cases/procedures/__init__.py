"""Official procedures as data: read a template, check it, ask it what comes next. No Django, no clock."""
