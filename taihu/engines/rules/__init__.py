"""Policies as data: a typed clause language with two readers, one for everybody (numpy) and one for one person (words).

Load with `load_policies`; evaluate with `evaluate`; explain with `explain`; compare with `what_if`; test with
`run_cases`.
The language is described in ``docs/engines/rules.md``.
"""
