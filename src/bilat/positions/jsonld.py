"""Places in JSON-LD.

Which member of a document states a triple depends on contexts in more ways than it pays to
repeat here, so the engine is asked: the document is made smaller as long as the engine still finds
the triple in it, and what is left in the end is what states it.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from bilat.files import naming
from bilat.findings import text_of
from bilat.namespaces import PREFIXES
from bilat.positions.text import Span, Spans, Stated

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

_TOKEN = re.compile(rb'[\s,:]*+([{}\[\]]|"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s{}\[\],:"]++)', re.DOTALL)

#: What a cell of a list is called, which no document can name.
_CELL = "_:cell"

#: What the names begin with that objects get here.
_OURS = "_:unnamed-at-byte-"

Triple = tuple[str, str, str]


class _Node:
    """A value in the document; an object and an array have children, those of an object keys."""

    def __init__(self, start: int, parent: _Node | None, key: Span | None) -> None:
        self.start, self.end = start, start + 1
        self.parent, self.key = parent, key
        self.children: list[_Node] = []
        self.is_object = self.is_array = self.is_anonymous = False


def _tree(data: bytes) -> list[_Node]:
    """Every value of the document, the document itself first."""
    nodes: list[_Node] = []
    open_nodes: list[_Node] = []
    key: Span | None = None
    for match in _TOKEN.finditer(data):
        token = match[1]
        parent = open_nodes[-1] if open_nodes else None
        if token in b"]}":
            open_nodes.pop().end = match.end()
            continue
        if parent and parent.is_object and key is None:
            key = Span(*match.span(1))
            continue
        node = _Node(match.start(1), parent, key)
        node.end, key = match.end(), None
        nodes.append(node)
        if parent:
            parent.children.append(node)
        node.is_object, node.is_array = token == b"{", token == b"["
        if token in b"{[":
            open_nodes.append(node)
    return nodes


class JsonText:
    """A file in JSON-LD, whose bytes the engine has read without complaint."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def find(self, subjects: Collection[str], objects: Collection[str]) -> Iterator[Stated]:
        """What the file states with one of the subjects, or of the objects, in order."""
        named = naming(self.data)
        for quad in _quads(self.data):
            subject, object = text_of(named(quad.subject)), text_of(named(quad.object))
            named(quad.graph_name)
            if subject in subjects or object in objects:
                triple = (subject, quad.predicate.value, object)
                yield Stated(*triple, triple)

    def spans(self, where: Triple) -> Spans:
        """Where the terms of a triple stand that :meth:`find` gave."""
        subject, predicate, object = where
        names = self._names
        triple = (names.get(subject, subject), predicate, names.get(object, object))
        left = self._left(triple)
        return self._on(self._path(left, triple), left)

    @cached_property
    def _nodes(self) -> list[_Node]:
        return _tree(self.data)

    @cached_property
    def _keywords(self) -> dict[bytes, bytes]:
        """The keys that stand for keywords, those that contexts declare among them."""
        alias = re.compile(rb'("[^"\\@]+")\s*:\s*("@(?:id|type|value|list|set|graph)")')
        own = {
            b'"@' + name + b'"' for name in (b"id", b"type", b"value", b"list", b"set", b"graph")
        }
        return {key: key for key in own} | dict(alias.findall(self.data))

    def _keyword(self, node: _Node) -> bytes:
        return self._keywords.get(self._key(node), b"")

    def _key(self, node: _Node) -> bytes:
        return self.data[node.key.start : node.key.end] if node.key else b""

    # ---- names for the nodes that the document does not name

    @cached_property
    def _names(self) -> dict[str, str]:
        """For each blank node by the name that a reader gives it, one that stays.

        The objects of the document that have no name get one as long as that changes nothing else.
        """
        before = list(_quads(self.data))
        if not any(isinstance(node, ox.BlankNode) for quad in before for node in _ends(quad)):
            return {}
        candidates = [node for node in self._nodes if self._may_be_anonymous(node)]
        for node in candidates:
            node.is_anonymous = True
        if not _alike(before, self._after()):
            for node in candidates:
                node.is_anonymous = False
            for node in candidates:
                node.is_anonymous = True
                node.is_anonymous = _alike(before, self._after())
        after = [self._label(node) for quad in self._after() for node in _ends(quad)]
        for node in candidates:
            # maps of languages take a name and do nothing with it
            node.is_anonymous = node.is_anonymous and _name(node) in after
        named = naming(self.data)
        readers = (text_of(named(node)) for quad in before for node in _ends(quad))
        return {old: new for old, new in zip(readers, after, strict=True) if old != new}

    @cached_property
    def _given(self) -> set[bytes]:
        """The blank nodes that the document itself names."""
        return set(re.findall(rb'"(_:[^"\s]+)"', self.data))

    def _label(self, node: object) -> str:
        if isinstance(node, ox.BlankNode):
            kept = str(node).startswith(_OURS) or str(node).encode() in self._given
            return str(node) if kept else _CELL
        assert isinstance(node, ox.NamedNode | ox.Literal)
        return text_of(node)

    def _may_be_anonymous(self, node: _Node) -> bool:
        keys = {self._keyword(child) for child in node.children}
        taken = {b'"@id"', b'"@value"', b'"@list"', b'"@set"', b'"@graph"'}
        above: _Node | None = node
        while above and self._key(above) != b'"@context"':
            above = above.parent
        return node.is_object and above is None and not keys & taken

    def _after(self) -> list[ox.Quad]:
        try:
            return list(_quads(self._written({})))
        except SyntaxError:
            return []

    # ---- what is left of the document

    def _written(self, left: dict[_Node, list[_Node]]) -> bytes:
        """The document with only those children of a node that are left."""
        out: list[bytes] = []

        def write(node: _Node) -> None:
            if not (node.is_object or node.is_array):
                out.append(self.data[node.start : node.end])
                return
            out.append(b"{" if node.is_object else b"[")
            if node.is_anonymous:
                out.append(f'"@id":"{_name(node)}",'.encode())
            for child in left.get(node, node.children):
                if child.key:
                    out.extend((self.data[child.key.start : child.key.end], b":"))
                write(child)
                out.append(b",")
            if out[-1].endswith(b","):
                out[-1] = out[-1][:-1]
            out.append(b"}" if node.is_object else b"]")

        write(self._nodes[0])
        return b"".join(out)

    def _stated(self, left: dict[_Node, list[_Node]]) -> set[Triple]:
        try:
            quads = list(_quads(self._written(left)))
        except SyntaxError:
            return set()
        return {(self._label(q.subject), q.predicate.value, self._label(q.object)) for q in quads}

    @cached_property
    def _items(self) -> dict[Triple, dict[_Node, list[_Node]]]:
        """For each triple the first item of the outermost array that states it alone."""
        array: _Node | None = self._nodes[0]
        if array and array.is_object:
            graphs = (node for node in array.children if self._keyword(node) == b'"@graph"')
            array = next(graphs, None)
        found: dict[Triple, dict[_Node, list[_Node]]] = {}
        for item in array.children if array and array.is_array else ():
            assert array
            for triple in self._stated({array: [item]}):
                found.setdefault(triple, {array: [item]})
        return found

    def _left(self, triple: Triple) -> dict[_Node, list[_Node]]:
        """The children that are left when nothing more can go without the triple going too."""
        start = dict(self._items.get(triple, {}))
        return self._smallest(start, lambda left: triple in self._stated(left), _is_context)

    def _smallest(
        self,
        left: dict[_Node, list[_Node]],
        holds: Callable[[dict[_Node, list[_Node]]], bool],
        stays: Callable[[JsonText, _Node], bool],
    ) -> dict[_Node, list[_Node]]:
        todo = [self._nodes[0]]
        while todo:
            node = todo.pop()
            children = left.get(node, node.children)
            size = len(children)
            while size:
                # the later goes first, so that the first of several statements stays
                for end in range(len(children), 0, -size):
                    start = max(end - size, 0)
                    trial = {**left, node: children[:start] + children[end:]}
                    if not any(stays(self, c) for c in children[start:end]) and holds(trial):
                        children, left = trial[node], trial
                size //= 2
            todo += [child for child in children if not stays(self, child)]
        return left

    def fault(self) -> Span | None:
        """Where the engine's first complaint about the document is from."""

        def complaint(left: dict[_Node, list[_Node]]) -> str:
            try:
                list(_quads(self._written(left)))
            except SyntaxError as error:
                return error.msg
            return ""

        reason = complaint({})
        left = self._smallest({}, lambda left: complaint(left) == reason, lambda *_: False)
        node = self._nodes[0]
        while left.get(node, node.children):
            node = left.get(node, node.children)[0]
        return Span(node.key.start if node.key else node.start, node.end)

    def _path(self, left: dict[_Node, list[_Node]], triple: Triple) -> list[_Node]:
        """From the root to the value that states the triple."""
        everything = self._stated(left)
        is_list = triple[2] == _CELL and not triple[1].startswith(PREFIXES["rdf"])
        path = [self._nodes[0]]
        while True:
            node = path[-1]
            children = left.get(node, node.children)
            inner = [child for child in children if not self._is_aside(child)]
            if is_list and self._keyword(node) == b'"@list"':
                return path
            if len(inner) > 1:
                # without the value some triple is gone, without a type of it it is another
                fewer = [{**left, node: [c for c in children if c is not child]} for child in inner]
                inner = [
                    child
                    for child, rest in zip(inner, fewer, strict=True)
                    if self._keyword(child) == b'"@value"' or self._stated(rest) < everything
                ]
            if not inner:
                return path
            path.append(inner[0])

    def _is_aside(self, node: _Node) -> bool:
        return _is_context(self, node) or self._keyword(node) == b'"@id"'

    def _on(self, path: list[_Node], left: dict[_Node, list[_Node]]) -> Spans:
        def name(node: _Node) -> _Node | None:
            children = left.get(node, node.children)
            return next((c for c in children if self._keyword(c) == b'"@id"'), None)

        def span(node: _Node) -> Span:
            named = name(node) or node
            bracket = named.is_object or named.is_array
            return Span(named.start, named.start + 1 if bracket else named.end)

        objects = [node for node in path[:-1] if node.is_object]
        holders = [node for node in objects if name(node) or node.is_anonymous]
        block = (holders or objects or path)[-1]
        below = path[path.index(block) + 1 :]
        keys = [node.key for node in below if node.key]
        object = span(path[-1])
        return Spans(span(block), keys[0] if keys else object, object)


def fault(data: bytes) -> Span | None:
    """Where the complaint of the engine about a document that is sound JSON is from."""
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return None
    return JsonText(data).fault()


def _is_context(text: JsonText, node: _Node) -> bool:
    return text._key(node) == b'"@context"'


def _quads(data: bytes) -> Iterator[ox.Quad]:
    return iter(ox.parse(data, format=ox.RdfFormat.JSON_LD))


def _ends(quad: ox.Quad) -> tuple[object, object]:
    return quad.subject, quad.object


def _name(node: _Node) -> str:
    return f"{_OURS}{node.start}"


def _alike(before: list[ox.Quad], after: list[ox.Quad]) -> bool:
    """Whether the quads are the same but for the names of blank nodes."""
    names: dict[str, str] = {}
    for old, new in zip(before, after, strict=False):
        terms = zip((*_ends(old), old.graph_name), (*_ends(new), new.graph_name), strict=True)
        for one, other in terms:
            if isinstance(one, ox.BlankNode) and isinstance(other, ox.BlankNode):
                if names.setdefault(str(one), str(other)) != str(other):
                    return False
            elif one != other:
                return False
        if old.predicate != new.predicate:
            return False
    return len(before) == len(after) and len(set(names.values())) == len(names)
