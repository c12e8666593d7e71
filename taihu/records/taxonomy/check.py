"""Hold every shipped code to its list's format, to its parents and to the lists that it points into."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from taihu.records.taxonomy.catalogue import CodeTree, ListInfo, Term, manifest, read_terms
from taihu.records.taxonomy.enums import Kind


@dataclass(frozen=True)
class Problem:
    """Something wrong in a data file, said so that a person can go there and mend it."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def check_lists() -> list[Problem]:
    """Every problem in every shipped code list; empty when all is well."""
    trees: dict[Kind, CodeTree] = {}
    problems: list[Problem] = []
    for kind, info in manifest().items():
        try:
            trees[kind] = CodeTree(tuple(read_terms(kind, info.path)))
        except (ValueError, OSError) as error:
            problems.append(Problem(info.file, 1, str(error)))
    for kind, tree in trees.items():
        problems += check_tree(manifest()[kind], tree, trees)
    return problems


def check_tree(info: ListInfo, tree: CodeTree, trees: dict[Kind, CodeTree]) -> list[Problem]:
    """The problems of one list, given the lists that it may point into."""
    problems = [
        Problem(info.file, term.line, message)
        for term in tree.terms
        for message in (
            *_code_problems(info, term),
            *_parent_problems(info, tree, term),
            *_text_problems(term),
            *_link_problems(info, term, trees),
        )
    ]
    problems += _duplicates(info, tree)
    problems += _ambiguous_aliases(info, tree)
    counts = Counter(term.level for term in tree.terms)
    for level, expected in enumerate(info.counts, start=1):
        if counts[level] != expected:
            problems.append(
                Problem(info.file, 1, f"level {level} has {counts[level]} codes, the manifest says {expected}")
            )
    return problems


def _code_problems(info: ListInfo, term: Term) -> Iterator[str]:
    if not 1 <= term.level <= len(info.patterns):
        yield f"level {term.level} of {term.code} is not one of 1 to {len(info.patterns)}"
    elif not re.fullmatch(info.patterns[term.level - 1], term.code):
        yield f"code {term.code!r} does not look like a level {term.level} code ({info.patterns[term.level - 1]})"


def _parent_problems(info: ListInfo, tree: CodeTree, term: Term) -> Iterator[str]:
    if not term.parent:
        if term.level != 1:
            yield f"{term.code} is of level {term.level} and has no parent"
        return
    parent = tree.by_code.get(term.parent)
    if parent is None:
        yield f"the parent {term.parent} of {term.code} is not in the list"
    elif parent.level != term.level - 1:
        yield f"the parent {term.parent} of {term.code} is of level {parent.level}, not {term.level - 1}"
    elif info.nested and not term.code.startswith(term.parent.rstrip("0")):
        yield f"{term.code} does not begin like its parent {term.parent}"


def _text_problems(term: Term) -> Iterator[str]:
    for what, text in (("name", term.name), ("English name", term.name_en), *(("alias", a) for a in term.aliases)):
        if text != text.strip() or any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cn"} for c in text):
            yield f"the {what} {text!r} of {term.code} has spaces around it or characters that cannot be seen"
    if not term.name:
        yield f"{term.code} has no name"
    if re.search(r"[(),;:](?![^()]*[A-Za-z0-9])", term.name):
        yield f"the name {term.name!r} of {term.code} uses half-width punctuation"


def _link_problems(info: ListInfo, term: Term, trees: dict[Kind, CodeTree]) -> Iterator[str]:
    for column, kind in info.links.items():
        target = trees.get(Kind(kind))
        for code in term.linked(column):
            if target is not None and code not in target.by_code:
                yield f"{column} of {term.code} names {code}, which is no {kind} code"


def _duplicates(info: ListInfo, tree: CodeTree) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for term in tree.terms:
        if term.code in seen:
            yield Problem(info.file, term.line, f"code {term.code} is already in line {seen[term.code]}")
        seen.setdefault(term.code, term.line)


def _ambiguous_aliases(info: ListInfo, tree: CodeTree) -> Iterator[Problem]:
    """In a vocabulary (a list without nested codes) one word must mean one thing."""
    if info.nested:
        return
    owner: dict[str, Term] = {}
    for term in tree.terms:
        for text in dict.fromkeys(t.casefold() for t in (term.name, *term.aliases)):
            first = owner.setdefault(text, term)
            if first is not term:
                yield Problem(info.file, term.line, f"{text!r} of {term.code} already means {first.code}")
