"""The sentences that the code can say to people: `python -m scripts.sentences` prints those without Chinese words.

Found in the syntax trees of app/ (but for the command line): what the classes of app/errors.py are given as detail,
remedy and reasons, through variables, branches, lists and functions that pass a sentence on; in modules that speak
(MODULES) every literal of several words.
"""

from __future__ import annotations

import ast
import itertools
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.api.sentences.catalogue import FILE

ROOT = Path(__file__).parents[1]
APART = (  # the command line's own words, or what has its Chinese already
    "app/cli/", "app/cluster", "app/town/", "app/files/reports/", "app/files/styles.py", "app/services/backup_files.py",
    "app/services/database.py", "app/services/lookup/route_dask.py", "app/services/lookup/route_part",
    "app/spatial/proposals/wording.py",
)  # fmt: skip
MODULES = (
    "app/files/",
    "app/rules/cases/breaches.py",
    "app/services/cases/objections.py",
    "app/services/duties/duty_audit.py",
    "app/services/duties/duty_import.py",
    "app/services/networks/intake",
    "app/services/plans/plan_consolidation.py",
    "app/services/plans/plan_publication.py",
    "app/services/staff/staff_import.py",
    "app/services/staff/staff_people.py",
    "app/services/staff/transfer_effects.py",
    "app/spatial/coordinates/",
    "app/spatial/division/",
    "app/spatial/editing/breaches.py",
    "app/spatial/quality/",
)
TOLD = {"remedy", "reason", "reasons", "detail"}  # keywords that hold sentences
SILENT = {  # never shown: names of media types, patterns of GDAL's words, texts of files, what the trail calls actions
    "text/csv; charset=utf-8",
    "Non closed ring detected",
    "Measured (M) geometry types are not supported",
    "unknown engineering",
    "not recognized as being in a supported file format",
    "not recognized as a supported",
    "onegrid sample",
    '{{"type": "Feature", "properties": {0}, "geometry": {1}}}',
    "Written by OneGrid. Texts are UTF-8.",
    "Shapefiles hold field names of ten bytes; these were cut:",
    "Raw profile type exif",
    "duty exception/{0}",
    "import duties",
    "publish plan",
    "undo transfers",
    "apply transfers",
    "the pieces hold nothing to divide by: ",
    "{0} and {1}",  # fits too much that is not ours
}
SAID = {"says", "warnings", "notes"}  # members of answers that hold sentences, where a dict is written out
PASSED = TOLD | {
    "complaint",
    "message",
    "problem",
    "told",
    "wanted",
    "why",
    "wrong",
}  # parameters that pass a sentence on
BESIDE = {"answer": {2}, "HTTPException": {1}, "progress": {1}}  # further calls that speak
MOST = 16  # ways to say one f-string with its branches; beyond, a branch is a value with words of its own
WORDS = re.compile(r"\b[a-z]{2,}\b")
HOLE = "\0"
Place = tuple["Module", ast.AST]


@dataclass
class Module:
    name: str
    tree: ast.Module
    constants: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, list[ast.FunctionDef]] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)
    within: dict[int, ast.AST] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.tree.body:
            if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
                self.constants[each.targets[0].id] = each.value
            elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.value:
                self.constants[each.target.id] = each.value
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app"):
                for alias in node.names:
                    self.imported[alias.asname or alias.name] = (node.module or "", alias.name)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions.setdefault(node.name, []).append(node)  # type: ignore[arg-type]
                for inner in ast.walk(node):
                    self.within[id(inner)] = node


class Collector:
    """`found`: template → where it is said. Holes are numbered in the order of the English words."""

    def __init__(self, files: dict[str, str]) -> None:
        self.modules = {
            name[:-3].replace("/", ".").removesuffix(".__init__"): Module(name, ast.parse(text))
            for name, text in sorted(files.items())
            if name.startswith("app/") and not name.startswith(APART)
        }
        errors = self.modules["app.errors"].tree.body
        self.classes = {node.name for node in errors if isinstance(node, ast.ClassDef)}
        self.sinks: dict[str, set[int | str]] = {name: {0} for name in self.classes}
        for name in ("Refused", "Infeasible"):
            self.sinks.setdefault(name, {0}).add(1)
        self.sinks |= {name: set(at) for name, at in BESIDE.items()}
        self.found: dict[str, str] = {}
        self._seen: set[int] = set()

    def collect(self) -> dict[str, str]:
        known = -1
        while known != sum(map(len, self.sinks.values())):  # a function that passes a sentence on is asked of as well
            known = sum(map(len, self.sinks.values()))
            for module in self.modules.values():
                for node in ast.walk(module.tree):
                    if isinstance(node, ast.Call):
                        self._call(module, node)
                    elif isinstance(node, ast.Dict):
                        for key, value in zip(node.keys, node.values, strict=True):
                            if isinstance(key, ast.Constant) and key.value in SAID:
                                self._keep(module, value)
        for module in self.modules.values():
            if module.name.startswith(MODULES):
                self._literals(module)
        return self.found

    def _call(self, module: Module, node: ast.Call) -> None:
        name = _name(node.func)
        sinks = self.sinks.get(name, set())
        given = [(at, value) for at, value in enumerate(node.args) if at in sinks]
        told = TOLD if name in self.classes else set()
        given += [(-1, each.value) for each in node.keywords if each.arg in sinks or each.arg in told]
        for _, value in given:
            self._keep(module, value)

    def _keep(self, module: Module, value: ast.expr, depth: int = 0) -> None:
        where = f"{module.name}:{value.lineno}"
        for text in self._texts(module, value, depth):
            numbered = _numbered(text)
            if _said(text) and numbered not in SILENT:
                self.found.setdefault(numbered, where)

    def _texts(self, module: Module, node: ast.expr | None, depth: int = 0) -> list[str]:
        """The ways to say `node`, a hole for each value; [] where it is not known."""
        if node is None or depth > 6:
            return []
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.JoinedStr):
            return self._joined(module, node, depth)
        if isinstance(node, ast.IfExp):
            return self._texts(module, node.body, depth) + self._texts(module, node.orelse, depth)
        if isinstance(node, ast.BoolOp):
            return [text for each in node.values for text in self._texts(module, each, depth)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._added(module, node, depth)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [text for each in node.elts for text in self._texts(module, each, depth)]
        if isinstance(node, ast.Dict):
            return [text for each in node.values for text in self._texts(module, each, depth)]
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return self._texts(module, node.elt, depth)
        if isinstance(node, ast.Starred | ast.Subscript):
            return self._texts(module, node.value, depth)
        if isinstance(node, ast.Call):
            return self._called(module, node, depth)
        return self._named(module, node, depth) if isinstance(node, ast.Name) else []

    def _joined(self, module: Module, node: ast.JoinedStr, depth: int) -> list[str]:
        parts: list[list[str]] = []
        for each in node.values:
            if isinstance(each, ast.Constant):
                parts.append([str(each.value)])
                continue
            assert isinstance(each, ast.FormattedValue)
            inner = each.value
            spelled = self._spelled(module, inner, depth) if each.conversion == -1 else []
            ways = len(spelled) * max(1, _product(parts))
            if spelled and ways <= MOST:
                parts.append(spelled)
            else:
                parts.append([HOLE])
                if each.conversion == -1 and not isinstance(inner, ast.Subscript):
                    self._keep_fragment(module, inner, depth)
        return ["".join(said) for said in itertools.product(*parts)]

    def _spelled(self, module: Module, node: ast.expr, depth: int) -> list[str]:
        """Words that the sentence itself chooses between, or that a constant holds."""
        if isinstance(node, ast.IfExp):
            sides = [self._spelled(module, node.body, depth), self._spelled(module, node.orelse, depth)]
            return sides[0] + sides[1] if all(sides) else []
        if isinstance(node, ast.Constant | ast.JoinedStr):
            return self._texts(module, node, depth + 1)
        if isinstance(node, ast.Name) and node.id.isupper():
            value = self._constant(module, node.id)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return [value.value]
        return []

    def _keep_fragment(self, module: Module, node: ast.expr, depth: int) -> None:
        if depth < 4:
            self._keep(module, node, depth + 1)

    def _added(self, module: Module, node: ast.BinOp, depth: int) -> list[str]:
        left, right = self._texts(module, node.left, depth + 1), self._texts(module, node.right, depth + 1)
        if not _is_text(node):
            return left + right
        return [a + b for a in left or [HOLE] for b in right or [HOLE]]

    def _called(self, module: Module, node: ast.Call, depth: int) -> list[str]:
        name = _name(node.func)
        if name in {"list", "sorted", "tuple", "str", "next"} and node.args:
            return [text for each in node.args for text in self._texts(module, each, depth + 1)]
        if name == "join":
            self._keep(module, node.args[0], depth + 1)
            return []
        home, functions = self._function(module, name)
        return [text for each in functions for text in self._said_by(home, each, depth + 1)]

    def _function(self, module: Module, name: str) -> tuple[Module, list[ast.FunctionDef]]:
        if name in module.functions:
            return module, module.functions[name]
        source, original = module.imported.get(name, ("", ""))
        home = self.modules.get(source)
        return (home, home.functions.get(original, [])) if home else (module, [])

    def _said_by(self, module: Module, function: ast.FunctionDef, depth: int) -> list[str]:
        said: list[str] = []
        for node in ast.walk(function):
            if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) and node.value is not None:
                said += self._texts(module, node.value, depth)
        return said

    def _constant(self, module: Module, name: str) -> ast.expr | None:
        if name in module.constants:
            return module.constants[name]
        source, original = module.imported.get(name, ("", ""))
        home = self.modules.get(source)
        return home.constants.get(original) if home else None

    def _named(self, module: Module, node: ast.Name, depth: int) -> list[str]:
        function = module.within.get(id(node))
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._texts(module, self._constant(module, node.id), depth + 1)
        said = [text for value in _assigned(function, node.id) for text in self._texts(module, value, depth + 1)]
        arguments = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        if depth <= 1 and node.id in PASSED and node.id in arguments:
            at = arguments.index(node.id) - (arguments[0] == "self")
            self.sinks.setdefault(function.name, set()).update({at, node.id})
        elif depth <= 1 and node.id in PASSED & {each.arg for each in function.args.kwonlyargs}:
            self.sinks.setdefault(function.name, set()).add(node.id)
        return said or self._texts(module, self._constant(module, node.id), depth + 1)

    def _literals(self, module: Module) -> None:
        inner, documents = set(), set()
        for node in ast.walk(module.tree):
            if isinstance(node, ast.JoinedStr | ast.Call) and (
                isinstance(node, ast.JoinedStr) or _name(node.func) in QUIET
            ):
                inner |= {id(each) for each in ast.walk(node) if each is not node}
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                documents.add(id(node.value))
        silent = inner | documents
        for node in ast.walk(module.tree):
            if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in silent:  # noqa: SIM102
                if _spoken(self._texts(module, node)):
                    self._keep(module, node)


QUIET = {"compile", "search", "match", "fullmatch", "execute", "text", "info", "warning", "debug", "get", "Literal"}


def _spoken(texts: list[str]) -> bool:
    return any(" " in text.strip() and len(WORDS.findall(_words(text))) >= 2 - (HOLE in text) for text in texts)


def _said(text: str) -> bool:
    """Whether it is more than a word, a name or a code: those have their Chinese in the table of words, or none."""
    return bool(WORDS.search(_words(text))) and " " in text.strip() and text.strip()[0] not in "<."


def _words(text: str) -> str:
    return text.replace(HOLE, " ")


def _numbered(text: str) -> str:
    numbers = itertools.count()
    spelled = text.replace("{", "{{").replace("}", "}}")
    return re.sub(HOLE, lambda _: f"{{{next(numbers)}}}", spelled)


def _is_text(node: ast.expr) -> bool:
    """Whether a sum is a text, and not a list of texts: one of its leaves is written out."""
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.Constant | ast.JoinedStr) or (isinstance(node, ast.IfExp) and _is_text(node.body))


def _product(parts: list[list[str]]) -> int:
    ways = 1
    for part in parts:
        ways *= len(part)
    return ways


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _assigned(function: ast.AST, name: str) -> Iterator[ast.expr]:
    """What is given to `name` in a function: assigned, walked over, added or appended."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _bound(target, node.value, name)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
            yield from _bound(node.target, node.value, name)
        elif isinstance(node, ast.For | ast.comprehension):
            yield from _bound(node.target, node.iter, name)
        elif isinstance(node, ast.Call) and _adds_to(node, name):
            yield node.args[0]


def _adds_to(node: ast.Call, name: str) -> bool:
    method = node.func
    adds = isinstance(method, ast.Attribute) and method.attr in {"append", "extend"} and bool(node.args)
    return adds and isinstance(method, ast.Attribute) and _name(method.value) == name


def _bound(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, ast.Tuple) and name in [_name(each) for each in target.elts]:
        if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
            yield value.elts[[_name(each) for each in target.elts].index(name)]
        else:
            yield value


def sources(root: Path = ROOT) -> dict[str, str]:
    return {str(file.relative_to(root)): file.read_text() for file in sorted((root / "app").rglob("*.py"))}


def spoken() -> dict[str, str]:
    """Template → module and line that says it first."""
    return Collector(sources()).collect()


def kept() -> dict[str, str]:
    """The catalogue's own templates, without those of app/rules/sayings.py."""
    return dict(json.loads(FILE.read_text(encoding="utf-8"))["sentences"])


if __name__ == "__main__":
    missing = {template: "" for template in spoken() if template not in kept()}
    sys.stdout.write(json.dumps(missing, ensure_ascii=False, indent=1) + "\n")
