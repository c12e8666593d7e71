"""Text of an expression to a raw tree: lexer and precedence-climbing parser. Meaning is given by `checker`.

Grammar, loosest first::

    expr    := "if" expr "then" expr "else" expr | or
    or      := and ("or" and)*          and := not ("and" not)*          not := "not" not | compare
    compare := sum (("==" "!=" "<" "<=" ">" ">=" | ["not"] "in") sum)?
    sum     := term (("+" | "-") term)*        term := unary (("*" | "/") unary)*        unary := "-" unary | post
    post    := atom ("." name | "[" expr ("," expr)* "]")*
    atom    := literal | name | name "(" arguments ")" | "(" expr ")" | "[" literal ("," literal)* "]"
    arguments := expr ["by" expr] ["where" expr] ("," expr)*
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import Place, PolicyError, Problem, problem
from .values import MONEY_UNITS, decimal_of, money_of

MAX_LENGTH = 4_000
MAX_NESTING = 60
#: Every tree read must be walked by recursion, definitions within definitions included.
MAX_DEPTH = 120

_UNITS = "|".join(sorted(MONEY_UNITS, key=len, reverse=True))
#: Signs of other languages and the word that stands for them here.
_OPERATORS = {"&": "and", "|": "or", "!": "not", "￥": "500元", "¥": "500元", "$": "500元", "×": "*", "÷": "/"}
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_OTHER_DATE = re.compile(r"\s*((?:19|20)\d{2}(?:年\d{1,2}月(?:\d{1,2}日)?|[/.]\d{1,2}[/.]\d{1,2}))")
_SPANS = "years|year|months|month|days|day|个月|年|月|天|日"
_TOKEN = re.compile(
    rf"""\s*(?:
    (?P<date>\d{{4}}-\d{{2}}-\d{{2}}(?![\d-]))
  | (?P<money>\d[\d_]*(?:\.\d+)?\s*(?:{_UNITS})(?![a-z]))
  | (?P<span>\d+\s*(?:{_SPANS})(?![a-z]))
  | (?P<percent>\d+(?:\.\d+)?%)
  | (?P<number>\d[\d_]*(?:\.\d+)?)
  | (?P<text>'[^']*'|"[^"]*")
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<op><=|>=|==|!=|[-+*/<>()\[\],.=≤≥≠])
    )""",
    re.VERBOSE,
)
_ALIASES = {"≤": "<=", "≥": ">=", "≠": "!="}
_WORDS = frozenset({"and", "or", "not", "in", "if", "then", "else", "true", "false", "where", "by"})
#: Words with a meaning of their own in a policy: no definition can be called so.
RESERVED = _WORDS | {"applied", "amount"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MONTHS = {"years": 12, "year": 12, "年": 12, "months": 1, "month": 1, "个月": 1, "月": 1}
COMPARISONS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Raw:
    """A node before checking.

    kind: date money span decimal int text bool name field index call if or and not compare in list neg add sub mul div.
    """

    kind: str
    place: Place
    value: str | int | tuple[int, int] = ""
    items: tuple[Raw, ...] = ()
    where: Raw | None = None
    by: Raw | None = None


def is_name(text: str) -> bool:
    """Can an expression read something called so?

    >>> is_name("home_price"), is_name("home-price"), is_name("房价"), is_name("then")
    (True, False, False, False)
    """
    return bool(_NAME.fullmatch(text)) and text not in _WORDS


def parse(text: str, place: Place, written: str = "") -> Raw:
    """Parse one expression; `written` is its spelling in the file when that spans lines, for the places of errors.

    Raises
    ------
    PolicyError
        At the character that cannot be understood.

    Examples
    --------
    >>> from taihu.engines.rules.errors import Place
    >>> parse("applied < graduated + 2 years", Place("p.yaml", 1, 1)).value
    'lt'
    """
    if len(text) > MAX_LENGTH:
        raise PolicyError([problem("expression_too_long", place, limit=MAX_LENGTH)])
    parser = _Parser(_tokens(text, _Locator(text, place, written)))
    tree = parser.expression()
    parser.end()
    _refuse_depth(tree)
    return tree


def _refuse_depth(tree: Raw) -> None:
    """A chain such as "not not ..." or a long sum is as deep as brackets are."""
    level = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in (*item.items, item.where, item.by) if child is not None]
        if not level:
            return
    raise PolicyError([problem("too_nested", level[0].place, limit=MAX_DEPTH)])


def _tokens(text: str, locator: _Locator) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    while text[position:].strip():
        date = _OTHER_DATE.match(text, position)
        if date:
            raise PolicyError([problem("bad_date", locator.at(date.start(1)), text=date[1])])
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            bad = position + len(text[position:]) - len(text[position:].lstrip())
            raise PolicyError([_strange(text, bad, tokens, locator.at(bad))])
        kind = match.lastgroup
        word = match[kind]
        at = locator.at(match.start(kind))
        if kind == "name" and word in _WORDS:
            kind = "op"
        tokens.append(Token(kind, _ALIASES.get(word, word), at))
        position = match.end()
    tokens.append(Token("end", "", locator.at(len(text.rstrip()))))
    return tokens


def _strange(text: str, at: int, tokens: list[Token], place: Place) -> Problem:
    """What to write in the place of a character that no expression has."""
    character = text[at]
    if tokens and tokens[-1].kind == "number" and character.isalpha():
        return problem("unknown_unit", place, unit=character)
    if character in _OPERATORS:
        return problem("symbol_operator", place, character=character, word=_OPERATORS[character])
    chinese = _CHINESE.match(text, at)
    return (
        problem("chinese_name", place, text=chinese[0])
        if chinese
        else problem("bad_character", place, character=character)
    )


class _Locator:
    """Places of characters of an expression. YAML folds the lines of a long text: its letters are found again in order."""

    def __init__(self, text: str, place: Place, written: str) -> None:
        self.place = place
        self.written = written
        self.offsets = _aligned(text, written) if written else []

    def at(self, position: int) -> Place:
        if not self.written:
            return self.place.moved(position)
        offset = self.offsets[min(position, len(self.offsets) - 1)]
        before = self.written[:offset]
        lines = before.count("\n")
        if not lines:
            return self.place.moved(offset - (self.written[:1] in "'\""))
        return Place(self.place.file, self.place.line + lines, offset - before.rfind("\n"))


def _aligned(text: str, written: str) -> list[int]:
    """For every character of the text its offset in what is written; only blanks and quotes are passed over."""
    offset = written.find("\n") if written[:1] in "|>" else 0
    found = []
    for character in text:
        if not character.isspace():
            at = written.find(character, offset)
            offset = at if at >= 0 else offset
        found.append(offset)
        offset += not character.isspace()
    return [*found, offset]


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def _accept(self, *texts: str) -> Token | None:
        token = self.token
        if token.kind == "op" and token.text in texts:
            self.at += 1
            return token
        return None

    def _expect(self, text: str) -> Token:
        token = self._accept(text)
        if token is None:
            raise self._unexpected(text)
        return token

    def _unexpected(self, wanted: str) -> PolicyError:
        found = self.token.text or "…"
        before = self.tokens[self.at - 1] if self.at else None
        if before is not None and before.kind == "number" and self.token.kind in ("name", "money", "number"):
            return PolicyError([problem("unknown_unit", self.token.place, unit=found)])
        if before is not None and before.kind == "number" and found == ",":
            return PolicyError([problem("comma_in_number", self.token.place)])
        return PolicyError([problem("syntax", self.token.place, found=found, wanted=wanted)])

    def end(self) -> None:
        if self.token.kind != "end":
            raise self._unexpected("+ - * / and or")

    def expression(self) -> Raw:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise PolicyError([problem("too_nested", self.token.place, limit=MAX_NESTING)])
        token = self._accept("if")
        if token is None:
            result = self._either()
        else:
            test = self.expression()
            self._expect("then")
            then = self.expression()
            self._expect("else")
            result = Raw("if", token.place, items=(test, then, self.expression()))
        self.depth -= 1
        return result

    def _either(self) -> Raw:
        items = [self._both()]
        while self._accept("or"):
            items.append(self._both())
        return items[0] if len(items) == 1 else Raw("or", items[0].place, items=tuple(items))

    def _both(self) -> Raw:
        items = [self._negation()]
        while self._accept("and"):
            items.append(self._negation())
        return items[0] if len(items) == 1 else Raw("and", items[0].place, items=tuple(items))

    def _negation(self) -> Raw:
        negations = []
        while token := self._accept("not"):
            negations.append(token)
        result = self._comparison()
        for token in reversed(negations):
            result = Raw("not", token.place, items=(result,))
        return result

    def _comparison(self) -> Raw:
        left = self._sum()
        if self.token.text == "=" and self.token.kind == "op":
            raise PolicyError([problem("single_equals", self.token.place)])
        if token := self._accept(*COMPARISONS):
            right = self._sum()
            if self.token.text in COMPARISONS and self.token.kind == "op":
                raise PolicyError([problem("chained_compare", self.token.place)])
            return Raw("compare", token.place, COMPARISONS[token.text], (left, right))
        if token := self._accept("in"):
            return Raw("in", token.place, items=(left, self._sum()))
        if self.token.text == "not" and self.tokens[self.at + 1].text == "in":
            token = self.tokens[self.at]
            self.at += 2
            return Raw("not", token.place, items=(Raw("in", token.place, items=(left, self._sum())),))
        return left

    def _sum(self) -> Raw:
        left = self._term()
        while token := self._accept("+", "-"):
            left = Raw("add" if token.text == "+" else "sub", token.place, items=(left, self._term()))
        return left

    def _term(self) -> Raw:
        left = self._unary()
        while token := self._accept("*", "/"):
            left = Raw("mul" if token.text == "*" else "div", token.place, items=(left, self._unary()))
        return left

    def _unary(self) -> Raw:
        token = self._accept("-")
        if token is None:
            return self._postfix()
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise PolicyError([problem("too_nested", token.place, limit=MAX_NESTING)])
        result = Raw("neg", token.place, items=(self._unary(),))
        self.depth -= 1
        return result

    def _postfix(self) -> Raw:
        result = self._atom()
        while True:
            if self._accept("."):
                if self.token.kind != "name":
                    raise self._unexpected("name")
                result = Raw("field", result.place, self.token.text, (result,))
                self.at += 1
            elif self._accept("["):
                keys = self._separated("]")
                result = Raw("index", result.place, items=(result, *keys))
            else:
                return result

    def _separated(self, closing: str) -> list[Raw]:
        items: list[Raw] = []
        if self._accept(closing):
            return items
        items.append(self.expression())
        while self._accept(","):
            items.append(self.expression())
        self._expect(closing)
        return items

    def _call(self, name: Token) -> Raw:
        if self._accept(")"):
            return Raw("call", name.place, name.text)
        items = [self.expression()]
        by = self.expression() if self._accept("by") else None
        where = self.expression() if self._accept("where") else None
        while self._accept(","):
            items.append(self.expression())
        self._expect(")")
        return Raw("call", name.place, name.text, tuple(items), where, by)

    def _atom(self) -> Raw:
        token = self.token
        if self._accept("("):
            inner = self.expression()
            self._expect(")")
            return inner
        if self._accept("["):
            return Raw("list", token.place, items=tuple(self._separated("]")))
        if self._accept("true", "false"):
            return Raw("bool", token.place, int(token.text == "true"))
        if token.kind in ("op", "end"):
            raise PolicyError([problem("syntax_value", token.place, found=token.text or "…")])
        self.at += 1
        if token.kind == "name":
            return self._call(token) if self._accept("(") else Raw("name", token.place, token.text)
        return _literal(token)


def _literal(token: Token) -> Raw:
    text = token.text
    if token.kind == "text":
        return Raw("text", token.place, text[1:-1])
    if token.kind == "date":
        return Raw("date", token.place, text)
    if token.kind == "money":
        fen = money_of(text)
        if fen is None or fen > 2**62:
            raise PolicyError([problem("bad_money", token.place, text=text)])
        return Raw("money", token.place, fen)
    if token.kind == "span":
        return _span(token)
    if token.kind == "percent" or "." in text:
        scaled = decimal_of(text)
        if scaled is None:
            raise PolicyError([problem("bad_decimal", token.place, text=text)])
        return Raw("decimal", token.place, scaled)
    value = int(text.replace("_", ""))
    if value > 2**62:
        raise PolicyError([problem("bad_number", token.place, text=text)])
    return Raw("int", token.place, value)


def _span(token: Token) -> Raw:
    match = re.match(r"(\d+)\s*(.+)", token.text)
    assert match is not None
    count, unit = int(match[1]), match[2]
    if count > 10_000:
        raise PolicyError([problem("bad_number", token.place, text=token.text)])
    return Raw("span", token.place, (count * _MONTHS[unit], 0) if unit in _MONTHS else (0, count))
