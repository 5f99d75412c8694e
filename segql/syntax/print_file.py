"""Definition files to text, in the one canonical layout."""

from collections.abc import Iterable
from typing import assert_never

from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.syntax.layout import Doc, Nest, enclosed, laid_out
from segql.syntax.print import OR, doc, segment_, several
from segql.syntax.print_leaves import AFTER_A_VALUE, moment_, name_, text_


def print_definition(node: defs.Definition) -> str:
    """The text of a rule or of a definition file, with a line end at its end."""
    blocks = []
    if node.header is not None:
        blocks.append(_header(node.header, "partition" if node.parts else "segment"))
    if node.declarations:
        blocks.append("\n".join(_declaration(each) for each in node.declarations))
    if node.rule is not None:
        if blocks or node.examples:
            blocks.append(laid_out(("where ", Nest(doc(node.rule, OR)))))
        else:
            blocks.append(laid_out(doc(node.rule, OR)))
    blocks += ["\n".join(map(_stage, node.parts))] if node.parts else []
    blocks += ["\n".join(map(_example, node.examples))] if node.examples else []
    return "\n\n".join(blocks) + "\n"


def _header(node: defs.Header, word: str) -> str:
    title = "" if node.title is None else f" {text_(node.title)}"
    name = node.name.name
    shown = f"`{name}`" if name in AFTER_A_VALUE else name_(name)
    lines = [f"{word} {shown}{title}"]
    if node.owner is not None:
        lines.append(f"  owner {text_(node.owner)}")
    if node.tags:
        lines.append(f"  tags {', '.join(map(name_, node.tags))}")
    if node.as_of is not None:
        lines.append(f"  as of {moment_(node.as_of.value)}")
    if node.purpose is not None:
        lines.append(f"  purpose {name_(node.purpose.name)}")
    if node.channel is not None:
        lines.append(f"  channel {name_(node.channel.name)}")
    if node.exclusive:
        others = ", ".join(segment_(each.segment) for each in node.exclusive)
        lines.append(f"  exclusive with {others}")
    return "\n".join(lines)


def _stage(node: defs.Stage) -> str:
    title = "" if node.title is None else f" {text_(node.title)}"
    if node.rule is None:
        return f"else {name_(node.name.name)}{title}"
    name = node.name.name
    shown = f"`{name}`" if name in AFTER_A_VALUE else name_(name)
    head = f"segment {shown}{title} where "
    return laid_out((head, Nest(doc(node.rule, OR))))


def _example(node: defs.Example) -> str:
    title = "" if node.title is None else f"{text_(node.title)} "
    part = "" if node.part is None else f"{name_(node.part.name)} "
    word = "in" if node.inside else "out"
    return laid_out((f"example {title}{word} {part}", _given(node.given)))


def _given(parts: Iterable[defs.Given | defs.GivenEvent]) -> Doc:
    found: list[Doc] = []
    for part in parts:
        match part:
            case defs.Given(name, value):
                found.append((f"{name_(name.name)} = ", doc(value, OR)))
            case defs.GivenEvent(name, bare, given):
                inner = _given(given)
                if bare is not None:
                    inner = _given_bare(bare, given)
                found.append((name_(name.name), inner))
    return enclosed(found)


def _given_bare(bare: syn.Expr, given: Iterable[defs.Given | defs.GivenEvent]) -> Doc:
    rest = [
        (f"{name_(each.name.name)} = ", doc(each.value, OR))
        if isinstance(each, defs.Given)
        else (name_(each.name.name), _given(each.given))
        for each in given
    ]
    return enclosed([doc(bare, OR), *rest])


def _declaration(node: defs.Let | defs.Param) -> str:
    match node:
        case defs.Let(name, value):
            head = f"let {name_(name.name)}"
        case defs.Param(name, kind, value):
            head = f"param {name_(name.name)}: {kind}"
        case _:
            assert_never(node)
    if value is None:
        return head
    if isinstance(value, syn.Several):
        return laid_out((f"{head} = ", several(value, single=",")))
    return laid_out((f"{head} = ", Nest(doc(value, OR))))
