# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSONata as Step Functions reads it. Pure; the parser is jsonata-python's, a port of the reference implementation."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.landfall.aws.plugins.module_utils.asl.findings import close_to

try:
    from jsonata.jexception import JException
    from jsonata.parser import Parser

    HAS_JSONATA = True
except ImportError:
    HAS_JSONATA = False

BEGIN, END = "{%", "%}"
# https://docs.jsonata.org/overview without $eval, which Step Functions has not, and what Step Functions has besides:
# https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
FUNCTIONS = frozenset(
    (
        "abs",
        "append",
        "assert",
        "average",
        "base64decode",
        "base64encode",
        "boolean",
        "ceil",
        "clone",
        "contains",
        "count",
        "decodeUrl",
        "decodeUrlComponent",
        "distinct",
        "each",
        "encodeUrl",
        "encodeUrlComponent",
        "error",
        "exists",
        "filter",
        "floor",
        "formatBase",
        "formatInteger",
        "formatNumber",
        "fromMillis",
        "join",
        "keys",
        "length",
        "lookup",
        "lowercase",
        "map",
        "match",
        "max",
        "merge",
        "millis",
        "min",
        "not",
        "now",
        "number",
        "pad",
        "parseInteger",
        "power",
        "random",
        "reduce",
        "replace",
        "reverse",
        "round",
        "shuffle",
        "sift",
        "single",
        "sort",
        "split",
        "spread",
        "sqrt",
        "string",
        "substring",
        "substringAfter",
        "substringBefore",
        "sum",
        "toMillis",
        "trim",
        "type",
        "uppercase",
        "zip",
        "hash",
        "parse",
        "partition",
        "range",
        "uuid",
    )
)


class Wrong(Exception):
    """An expression that is not right."""

    def __init__(self, message, hint=""):
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass
class Expression:
    """What an expression speaks of."""

    variables: set[str] = field(default_factory=set)  # used, and not its own
    functions: set[str] = field(default_factory=set)
    states: set[tuple] = field(default_factory=set)  # (field of $states, or None where it is taken whole)
    loose: list[str] = field(default_factory=list)  # names that are a field of nothing


def is_marked(text):
    """Whether a text is an expression. AWS allows no space outside of the marks."""
    return text.startswith(BEGIN) and text.endswith(END) and len(text) >= len(BEGIN) + len(END)


def is_half_marked(text):
    """Whether it was meant to be one."""
    stripped = text.strip()
    return not is_marked(text) and (stripped.startswith(BEGIN) or stripped.endswith(END))


_parsers = []


def parse(text):
    """What is between the marks, as an Expression, or Wrong."""
    if not _parsers:
        # One parser for all, for making one takes longer than most expressions do.
        _parsers.append(Parser())
    inside = text[len(BEGIN) : -len(END)]
    if not inside.strip():
        raise Wrong(f"there is nothing between {BEGIN} and {END}", "write an expression, like {% $states.input %}")
    try:
        tree = _parsers[0].parse(inside)
    except JException as error:
        _parsers.clear()
        raise Wrong(f"{_said(error)}, at character {(error.location or 0) + len(BEGIN)} of {_short(text)}") from error
    except (RecursionError, ValueError, IndexError, TypeError, AttributeError) as error:
        _parsers.clear()
        raise Wrong(f"the expression can't be read: {_short(text)}") from error
    found = Expression()
    _look(tree, found, frozenset(), False)
    return found


def _said(error):
    said = str(error).rstrip(".")
    return said[:1].lower() + said[1:]


def _short(text):
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _look(node, found, own, inside):
    """Gather from a node. ``own`` are the expression's own variables; ``inside`` says that there is a context."""
    if node is None:
        return own
    kind = node.type
    if kind == "variable":
        _variable(node.value, found, own, inside)
    elif (kind == "name" and not inside) or (kind in ("wildcard", "descendant", "parent") and not inside):
        found.loose.append(str(node.value))
    elif kind == "path":
        _path(node, found, own, inside)
    elif kind == "bind":
        # A function may call itself by its name.
        own = own | {node.lhs.value}
        _look(node.rhs, found, own, inside)
    elif kind == "block":
        inner = own
        for each in node.expressions:
            inner = _look(each, found, inner, inside)
    elif kind == "lambda":
        _look(node.body, found, own | {each.value for each in node.arguments or ()}, inside)
    elif kind in ("function", "partial"):
        _called(node, found, own, inside)
    elif kind == "transform":
        for name in ("pattern", "update", "delete"):
            _any(getattr(node, name, None), found, own, True)
    else:
        _children(node, found, own, inside)
    _hangers_on(node, found, own)
    return own


def _path(node, found, own, inside):
    first, *rest = node.steps
    if first.type == "variable" and first.value == "states" and "states" not in own:
        step = rest[0].value if rest and rest[0].type == "name" else None
        found.states.add(step)
        _hangers_on(first, found, own)
    else:
        _look(first, found, own, inside)
    for step in rest:
        _look(step, found, own | _focus(node.steps), True)


def _focus(steps):
    """The variables that a path's own steps bind, by @ and #."""
    names = {each.focus for each in steps} | {each.index for each in steps}
    for each in steps:
        for stage in getattr(each, "stages", None) or ():
            if stage.type == "index":
                names.add(stage.value)
    return frozenset(name for name in names if isinstance(name, str))


def _called(node, found, own, inside):
    procedure = node.procedure
    if procedure.type == "variable" and procedure.value not in own:
        found.functions.add(procedure.value)
    elif procedure.type == "path" and procedure.steps[0].type == "name":
        found.loose.append(str(procedure.steps[0].value))
    else:
        _look(procedure, found, own, inside)
    for each in node.arguments or ():
        _look(each, found, own, inside)


def _variable(name, found, own, inside):
    if name in ("", "$"):
        if not inside:
            found.loose.append(f"${name}")
    elif name == "states" and name not in own:
        found.states.add(None)
    elif name not in own:
        found.variables.add(name)


def _children(node, found, own, inside):
    for name in ("lhs", "rhs", "expression", "condition", "then", "_else"):
        _any(getattr(node, name, None), found, own, inside)
    for name in ("expressions", "lhs_object", "terms"):
        _any(getattr(node, name, None), found, own, inside)


def _hangers_on(node, found, own):
    """Filters, groups and the like; there is a context in them."""
    for name in ("predicate", "stages", "group", "expr"):
        _any(getattr(node, name, None), found, own, True)


def _any(value, found, own, inside):
    if isinstance(value, (list, tuple)):
        for each in value:
            _any(each, found, own, inside)
    elif hasattr(value, "type") and hasattr(value, "value"):
        _look(value, found, own, inside)


def unknown_function(name):
    """What to say of a function that is called, or None."""
    if name in FUNCTIONS:
        return None
    if name == "eval":
        return "Step Functions has no $eval", "use $parse for JSON"
    return f"there is no function ${name}", close_to(name, FUNCTIONS).replace('"', "")
