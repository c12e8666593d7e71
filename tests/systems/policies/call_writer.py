"""Writes a call into the form as an officer does: fields that the page has, buttons that the page has, nothing else."""

WORDS = ("title", "programme", "summary")
FIELD = ("name", "zh", "en", "required", "limit", "fact")
PAPER = ("kind", "zh", "en", "by", "required", "valid_days", "note")
TRACK = ("code", "applicant", "department", "unit", "procedure", "policy", "personal_deadline")
DEFAULTS = {("required", "true"), ("by", "person"), ("applicant", "person")}


def write_call(pen, twin):
    """From the page of a call that has just been begun to this one."""
    for key in WORDS:
        _words(pen, key, twin.get(key))
    pen.fill("v/call", twin["call"])
    pen.fill("v/document", twin.get("document", ""))
    pen.fill("v/example", twin.get("example", ""))
    _write_window(pen, twin["window"])
    _write_asked(pen, "", twin)
    for number, track in enumerate(twin["tracks"]):
        _write_track(pen, f"tracks/{number}", track, is_there=number == 0)
    pen.press("save")


def _words(pen, path, value):
    zh, en = (value["zh"], value.get("en", "")) if isinstance(value, dict) else (value or "", "")
    pen.fill(f"w/{path}/zh", zh)
    pen.fill(f"w/{path}/en", en)


def _texts(pen, path, item, keys):
    for key in keys:
        if item.get(key) is not None:
            pen.fill(f"v/{path}/{key}", _as_chosen(key, item[key]))


def _as_chosen(key, value):
    """What counts when nothing is written is the empty choice of the page."""
    return "" if (key, value) in DEFAULTS else value


def _moment(pen, path, text):
    day, _, hour = text.partition(" ")
    pen.fill(f"v/{path}", day)
    if hour:
        pen.fill(f"t/{path}", hour)


def _write_window(pen, window):
    if window["shape"] != "fixed":  # which it is when it begins
        pen.fill("v/window/shape", window["shape"])
        pen.press("check")
    periods = window.get("periods") or [window]
    for _ in periods[1:]:
        pen.press("add:period window/periods")
    for number, period in enumerate(periods):
        path = f"window/periods/{number}" if len(periods) > 1 else "window"
        for key in ("from", "to"):
            if period.get(key):
                _moment(pen, f"{path}/{key}", period[key])


def _write_asked(pen, head, holder):
    for number, item in enumerate(holder.get("fields", [])):
        pen.press(f"add:field {head}fields")
        path = f"{head}fields/{number}"
        if item.get("type", "text") != "text":
            pen.fill(f"v/{path}/type", item["type"])
            pen.press("check")
        _texts(pen, path, item, FIELD)
        if item.get("help"):
            _words(pen, f"{path}/help", item["help"])
        for n, option in enumerate(item.get("choices", [])):
            pen.press(f"add:choice {path}/choices")
            _texts(pen, f"{path}/choices/{n}", option, ("code", "zh", "en"))
    for number, item in enumerate(holder.get("attachments", [])):
        pen.press(f"add:paper {head}attachments")
        path = f"{head}attachments/{number}"
        _texts(pen, path, item, PAPER)
        if item.get("accept"):
            pen.fill(f"l/{path}/accept", "、".join(item["accept"]))
        _texts(pen, f"{path}/when", item.get("when") or {}, ("field", "equals"))


def _write_track(pen, path, track, *, is_there):
    if not is_there:
        pen.press("add:track tracks")
    _texts(pen, path, track, TRACK)
    for key in ("name", "category", "support"):
        if track.get(key):
            _words(pen, f"{path}/{key}", track[key])
    if track.get("closes"):
        _moment(pen, f"{path}/closes", track["closes"])
    _write_asked(pen, f"{path}/", track)
    panel = track.get("panel") or {}
    _texts(pen, f"{path}/panel", panel, ("size",))
    for number, item in enumerate(panel.get("criteria", [])):
        pen.press(f"add:criterion {path}/panel/criteria")
        _texts(pen, f"{path}/panel/criteria/{number}", item, ("zh", "en", "weight"))
    for key, stem in (("split", "payer"), ("preset", "key")):
        for name, value in (track.get(key) or {}).items():
            pen.press(f"add:entry {path}/{key}")
            pen.fill(f"e/{path}/{key}/{stem}1", value)
            pen.fill(f"k/{path}/{key}/{stem}1", name)
    for number, part in enumerate(track.get("instalments", [])):
        pen.press(f"add:share {path}/instalments")
        _texts(pen, f"{path}/instalments/{number}", part, ("share", "months"))
