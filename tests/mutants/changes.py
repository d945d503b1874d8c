"""Small changes of Python code, each of which a good test notices.

Comparisons are moved by one and turned round, arithmetic is swapped, numbers go one up and one down, truth is flipped,
texts are altered, conditions negated, arguments by keyword and calls left out, and functions return nothing.

Not changed is what no run of the program decides: annotations, docstrings, decorators and the options of classes,
`Literal` types, `assert`, which narrows types here, and the format of numbers in texts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
    ast.LShift: (ast.RShift,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Break: (ast.Continue,),
    ast.Continue: (ast.Break,),
}
_TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_NEVER = {"annotation", "returns", "decorator_list", "bases", "format_spec", "type_params", "ctx"}
_CONDITIONS = {"test", "ifs"}
_SHOWN = 45  # characters before and after what differs

Statement = ast.stmt | ast.match_case


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One place in a syntax tree and what could stand there instead."""

    holder: ast.AST
    field: str
    index: int | None  # of a list
    old: object
    new: object
    statement: Statement  # the innermost that it is in
    line: int
    is_late: bool  # in the body of a function, so that importing the module does not run it

    @property
    def lines(self) -> range:
        """Of the statement, without those of statements in it."""
        first = (self.statement.pattern if isinstance(self.statement, ast.match_case) else self.statement).lineno
        body = getattr(self.statement, "body", None)
        last = body[0].lineno - 1 if body else getattr(self.statement, "end_lineno", first)
        return range(first, max(first, last) + 1)

    def make(self) -> None:
        """Change the tree."""
        self._put(self.new)

    def told(self) -> str:
        """`before → after`, with enough around it to find it."""
        before = _head(self.statement)
        self._put(self.new)
        after = _head(self.new if self.old is self.statement else self.statement)
        self._put(self.old)
        same = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
        start = max(0, same - _SHOWN)
        return f"{before[start : same + _SHOWN]}  →  {after[start : same + _SHOWN]}"

    def _put(self, value: object) -> None:
        if self.index is None:
            setattr(self.holder, self.field, value)
        else:
            getattr(self.holder, self.field)[self.index] = value


def changes(tree: ast.Module) -> list[Change]:
    """All of a module, in its order."""
    return list(_below(tree, None, is_late=False))


def _below(holder: ast.AST, statement: Statement | None, *, is_late: bool) -> Iterator[Change]:
    for field, value in ast.iter_fields(holder):
        if field in _NEVER or (field == "keywords" and isinstance(holder, ast.ClassDef)):
            continue
        late = is_late or (field == "body" and isinstance(holder, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_left_alone(child):
                continue
            inner = child if isinstance(child, Statement) else statement
            if inner is None:
                continue
            line = getattr(child, "lineno", getattr(holder, "lineno", 0))
            for new in _instead(child, in_condition=field in _CONDITIONS):
                yield Change(
                    holder=holder, field=field, index=index, old=child, new=new,
                    statement=inner, line=line, is_late=late,
                )  # fmt: skip
            for rest in _fewer_arguments(child):
                yield Change(
                    holder=child, field="keywords", index=None, old=getattr(child, "keywords"), new=rest,  # noqa: B009
                    statement=inner, line=line, is_late=late,
                )  # fmt: skip
            yield from _below(child, inner, is_late=late)


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Assert() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Subscript(value=ast.Name(id="Literal")):
            return True
    return False


def _instead(node: ast.AST, *, in_condition: bool) -> Iterator[ast.AST]:
    """What could stand in a node's place."""
    for other in _SWAPS.get(type(node), ()):
        yield ast.copy_location(other(), node)
    match node:
        case ast.Constant(value=bool(value)):
            yield ast.copy_location(ast.Constant(value=not value), node)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.copy_location(ast.Constant(value=value + 1), node)
            yield ast.copy_location(ast.Constant(value=value - 1), node)
        case ast.Constant(value=str(value)):
            yield ast.copy_location(ast.Constant(value=f"XX{value}"), node)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Name(id=name) if name in _TWINS:
            yield ast.copy_location(ast.Name(id=_TWINS[name], ctx=ast.Load()), node)
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.copy_location(ast.Return(value=ast.copy_location(ast.Constant(value=None), value)), node)
        case ast.Expr(value=ast.Call()):
            yield ast.copy_location(ast.Pass(), node)
    if in_condition and isinstance(node, ast.expr) and not _has_opposite(node):
        yield ast.copy_location(ast.UnaryOp(op=ast.Not(), operand=node), node)


def _has_opposite(condition: ast.expr) -> bool:
    """Whether another change is its negation already."""
    return isinstance(condition, ast.UnaryOp) or (isinstance(condition, ast.Compare) and len(condition.ops) == 1)


def _fewer_arguments(node: ast.AST) -> Iterator[list[ast.keyword]]:
    if isinstance(node, ast.Call):
        for left_out in node.keywords:
            yield [each for each in node.keywords if each is not left_out]


def _head(statement: object) -> str:
    """A statement in one line, without those in it and without decorators."""
    assert isinstance(statement, ast.AST)
    lines = ast.unparse(statement).strip().splitlines()
    return next((line for line in lines if not line.startswith("@")), "")
