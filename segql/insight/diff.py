"""Two definitions in, how they differ out: in words, and in what they mean."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from segql.diagnostics import Diagnostic
from segql.insight.diff_meaning import meaning
from segql.insight.diff_nodes import (
    Conditions,
    Difference,
    Kind,
    Meaning,
    Wording,
)
from segql.insight.diff_words import (
    conditions,
    form,
    lets_of,
    own_rule,
    rule_form,
    text_of,
    wordings,
)
from segql.insight.diff_worlds import apart
from segql.insight.page import Page
from segql.library import Checked, Library, without_rule
from segql.model import nodes as mdl
from segql.model.extent import walk
from segql.syntax.print import print_expr
from segql.syntax.print_leaves import text_


@dataclass(frozen=True, slots=True)
class Side:
    """A definition that was checked, among the files that it can name."""

    checked: Checked
    library: Library
    name: str

    @property
    def page(self) -> Page:
        return Page(self.checked, self.library)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Why there is no rule; none where there is one."""
        if self.checked.rule is not None:
            return ()
        return self.checked.report.errors or (without_rule(self.checked),)


def difference(old: Side, new: Side, as_of: datetime | None = None) -> Difference:
    """How two segments, or two parts of partitions, differ.

    Args:
        as_of: what holds as of this instant; by default, as of any.
    """
    one, other = old.checked, new.checked
    said = _wordings(old, new)
    if one.rule is None or other.rule is None:
        errors = old.errors, new.errors
        same = text_of(one) == text_of(other) and all(errors)
        kind: Kind = "same" if same else "broken"
        return Difference(kind, old.name, new.name, None, said, errors=errors)
    found = meaning(
        (one.rule, old.library.world), (other.rule, new.library.world), as_of
    )
    rules = own_rule(old.page, one.part), own_rule(new.page, other.part)
    top = None
    if rules[0] is not None and rules[1] is not None:
        top = conditions((old.page, rules[0]), (new.page, rules[1]))
    causes = tuple(_causes(old, new))
    if top is not None:
        top = _reasoned(top, (*said, *_lets(old, new)), causes)
    return Difference(
        _kind(one, other, found, said),
        old.name,
        new.name,
        top,
        said,
        causes,
        found,
        rules=(one.rule, other.rule),
    )


def alone(side: Side, kind: Kind) -> Difference:
    """A segment that is on one side only: `added`, or `removed`."""
    added = kind == "added"
    old, new = (None, side.name) if added else (side.name, None)
    rule = side.checked.rule
    errors = ((), side.errors) if added else (side.errors, ())
    rules = (None, rule) if added else (rule, None)
    return Difference(kind, old, new, errors=errors, rules=rules)


def _kind(
    one: Checked, other: Checked, found: Meaning, said: tuple[Wording, ...]
) -> Kind:
    """What kind of change it is; of parts their own lines count."""
    equal = found.verdict == "equal"
    forms = _own_form(one), _own_form(other)
    if not equal:
        return "changed" if forms[0] != forms[1] else "affected"
    if one.part is None:
        if text_of(one) == text_of(other):
            return "same"
        return "layout" if form(one) == form(other) else "reworded"
    return "reworded" if forms[0] != forms[1] or said else "same"


def _own_form(checked: Checked) -> str | None:
    """A rule and what is declared for it in their one form."""
    if checked.part is None:
        return rule_form(checked)
    definition = checked.definition
    assert definition is not None
    rest = replace(definition, parts=(), examples=(), header=None)
    found = rule_form(replace(checked, definition=rest, part=None)) or ""
    for stage in definition.parts:
        if stage.name.name == checked.part and stage.rule is not None:
            found += print_expr(stage.rule)
    return found


# ---- in words


def _wordings(old: Side, new: Side) -> tuple[Wording, ...]:
    """What the files say beside the rules; of a part its title alone."""
    if old.checked.part is None and new.checked.part is None:
        return wordings(old.page, new.page)
    titles = [
        None if each.checked.title is None else text_(each.checked.title)
        for each in (old, new)
    ]
    return (Wording("title", *titles),) if titles[0] != titles[1] else ()


def _lets(old: Side, new: Side) -> Iterator[Wording]:
    """The `let`s and `param`s that differ, also where they are told elsewhere."""
    one, other = lets_of(old.page), lets_of(new.page)
    for what in dict.fromkeys([*one, *other]):
        a, b = one.get(what), other.get(what)
        if (a and a.form) != (b and b.form):
            yield Wording(what, a.shown if a else None, b.shown if b else None)


def _reasoned(
    found: Conditions, said: tuple[Wording, ...], causes: tuple[str, ...]
) -> Conditions:
    """The conditions; those that read as before with what in them is another now."""
    names = {}
    for each in said:
        kind, _, name = each.what.partition(" ")
        if kind in ("let", "param"):
            names[each.what] = name
    for cause in causes:
        names[cause] = cause.split(" of ")[0].split(" ")[-1]
    changes = []
    for change in found.changes:
        because: list[str] = []
        if change.silent and change.new is not None:
            text = change.new.shown
            because = [what for what, name in names.items() if _says(text, name)]
        changes.append(replace(change, because=tuple(because)))
    return replace(found, changes=tuple(changes))


def _says(text: str, name: str) -> bool:
    plain = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", plain) is not None


# ---- what others did


def _causes(old: Side, new: Side) -> Iterator[str]:
    """What both rules use, and what is another now: `segment vip`, `let a of b.seg`."""
    one, other = old.checked.rule, new.checked.rule
    assert one is not None
    assert other is not None
    before, after = _segments(one), _segments(other)
    for name in after:
        if name in before and before[name] != after[name]:
            yield f"segment {name}"
    lent, borrowed = _borrowed(old), _borrowed(new)
    for name in borrowed:
        if name in lent and lent[name] != borrowed[name]:
            yield f"let {name} of {new.library.shared().get(name, '')}.seg"
    if old.checked.part is not None and new.checked.part is not None:
        yield from _parts_before(old, new)
    for name in apart((one, other), old.library.world, new.library.world):
        yield f"the catalog's {name}"


def _segments(rule: mdl.Rule) -> dict[str, mdl.Rule]:
    return {n.name: n.rule for n in walk(rule) if isinstance(n, mdl.InSegment)}


def _borrowed(side: Side) -> Mapping[str, object]:
    """The shared `let`s of other files that a file names, and what they mean."""
    found = {}
    for span, named in side.checked.meaning.borrowed.items():
        found[side.page.text(span).strip("`")] = named.thing
    return found


def _parts_before(old: Side, new: Side) -> Iterator[str]:
    """The parts before one that are others now, or stand in another order."""
    stages = []
    for each in (old, new):
        assert each.checked.part is not None
        stages.append(dict(each.page.stages(each.checked.part)))
        stages[-1].pop(each.checked.part, None)
    before, after = stages
    for name in after:
        if name in before and before[name] != after[name]:
            yield f"part {name}"
    if set(before) != set(after):
        yield "the parts before it"


def whole(old: Side, new: Side) -> Difference | None:
    """What files of partitions say beside their parts; None where that is the same."""
    said = wordings(old.page, new.page)
    if said:
        return Difference("reworded", old.name, new.name, None, said)
    if text_of(old.checked) == text_of(new.checked):
        return None
    layout = form(old.checked) == form(new.checked)
    return Difference("layout", old.name, new.name) if layout else None
