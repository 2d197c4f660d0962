"""The store that questions are put to: what every store can do, and Oxigraph's, read-only."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, TypeVar

import pyoxigraph as ox

from bilat.errors import InputError, StoreError, UpdateError
from bilat.namespaces import DERIVED_GRAPH, PREFIXES
from bilat.results import Rows, Triples, sorted_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from mmap import mmap

    GraphName = ox.NamedNode | ox.DefaultGraph

Given = TypeVar("Given")

#: Beside a store that bilat built: which folder is the store now, and what it was built from.
MANIFEST = "bilat.json"

#: How deep the brackets of a query may nest.
MAX_DEPTH = 500

# compiled when they are needed: a query that is answered needs neither
_COMMENT_OR_PROLOGUE = r"(?i)\s*(#[^\r\n]*[\r\n]|BASE\s*<[^>]*>|PREFIX\s+[^\s:]*:\s*<[^>]*>)"
_UPDATE = r"(?i)\s*(INSERT|DELETE|LOAD|CLEAR|CREATE|DROP|COPY|MOVE|ADD|WITH)\b"


class Store(ABC):
    """A graph to ask by SPARQL 1.1: default graph merged, named graphs say which source says so."""

    #: Where a store that bilat built has its tables.
    folder: str | None = None

    @abstractmethod
    def query(self, sparql: str) -> Rows | bool | Triples:
        """What the query gives: rows, a truth value or triples.

        bilat's prefixes are known without being declared. Raises InputError for text that is no
        SPARQL query, with line and column, and for updates.
        """

    def select(self, sparql: str) -> Rows:
        """The rows of a SELECT; raises InputError for any other kind of query."""
        result = self.query(sparql)
        if not isinstance(result, Rows):
            raise InputError("a SELECT query was expected here")
        return result

    @abstractmethod
    def graph_names(self) -> list[str]:
        """IRIs of the named graphs, sorted."""

    @abstractmethod
    def quads(self, graph: GraphName | None = None) -> Iterator[ox.Quad]:
        """The quads of one graph, or those of all graphs, in no stated order."""

    @abstractmethod
    def stated(self, without: Container[str] = ()) -> bytes:
        """What is stated, not derived, as N-Triples: what validation looks at.

        ``without`` holds IRIs of graphs to leave out.
        """

    @abstractmethod
    def manifest(self) -> Mapping[str, str]:
        """What the store was built from; empty where bilat did not build it."""


class EmbeddedStore(Store):
    """An Oxigraph store of this process."""

    def __init__(
        self,
        engine: ox.Store,
        *,
        merged: bool = True,
        manifest: Mapping[str, str] | None = None,
        folder: str | None = None,
    ) -> None:
        self.engine = engine
        self.folder = folder
        self._merged = merged  # whether the default graph has nothing that no named graph has
        self._manifest = manifest or {}

    def query(self, sparql: str) -> Rows | bool | Triples:
        """What the query gives; StoreError where the store turns out to be damaged."""
        with _answering(sparql):
            rows = self._sorted(sparql)
        return self.run(sparql, _plain) if rows is None else rows

    def run(
        self,
        sparql: str,
        use: Callable[[Any], Given],
        *,
        base: str | None = None,
        dataset: tuple[Sequence[ox.NamedNode], Sequence[ox.NamedNode]] | None = None,
    ) -> Given:
        """What ``use`` makes of the engine's own result, which it has to take all of.

        ``dataset``, the graphs of the default graph and the named ones, is instead of the query's.
        Raises as :meth:`query` does.
        """
        graphs = dataset or (None, None)
        with _answering(sparql):
            return use(
                self.engine.query(
                    sparql,
                    base_iri=base,
                    prefixes=_prefixes_in(sparql),
                    default_graph=None if graphs[0] is None else [*graphs[0]],
                    named_graphs=None if graphs[1] is None else [*graphs[1]],
                )
            )

    def in_memory(self) -> EmbeddedStore:
        """A copy of it in memory: some 450 bytes a quad, and small queries take half the time."""
        copy = ox.Store()
        with _answering(""):
            copy.extend(self.engine)
            for graph in self.engine.named_graphs():
                copy.add_graph(graph)
        return EmbeddedStore(copy, merged=self._merged, manifest=self._manifest, folder=self.folder)

    def _sorted(self, sparql: str) -> Rows | None:
        """The rows of a query that ends with an order by columns; None for any other query.

        The engine looks up both texts each time that it compares two IRIs. Sorting the rows that
        it gives takes a tenth of that, even where but a part of them is wanted.
        """
        whole, part = _part_apart(sparql)
        bare, keys = _order_apart(whole)
        if not keys:
            return None
        parsed = ox.Store().query(sparql, prefixes=PREFIXES)  # with its order, it may be no query
        if not isinstance(parsed, ox.QuerySolutions):
            return None
        variables = [variable.value for variable in parsed.variables]
        index = {name: i for i, name in enumerate(variables)}
        if any(name not in index for names, _ in keys for name in names):
            return None
        result = self.engine.query(bare, prefixes=PREFIXES)
        assert isinstance(result, ox.QuerySolutions)
        columns = [([index[name] for name in names], descending) for names, descending in keys]
        solutions = map(tuple, result)
        begun = list(islice(solutions, 2))
        if sorted_rows(begun, columns) is None:  # before all rows are taken for nothing
            return None
        rows = sorted_rows([*begun, *solutions], columns)
        return None if rows is None else Rows(variables, rows[part])

    def graph_names(self) -> list[str]:
        """IRIs of the named graphs, sorted."""
        return sorted(g.value for g in self.engine.named_graphs() if isinstance(g, ox.NamedNode))

    def quads(self, graph: GraphName | None = None) -> Iterator[ox.Quad]:
        """The quads of one graph, or those of all graphs."""
        return iter(self.engine.quads_for_pattern(None, None, None, graph))

    def dump(self, graph: GraphName, output: IO[bytes]) -> None:
        """Write a graph as N-Triples; the same triples give the same bytes in a built store."""
        self.engine.dump(output, ox.RdfFormat.N_TRIPLES, from_graph=graph)

    def stated(self, without: Container[str] = ()) -> bytes:
        """What is stated, not derived, as N-Triples: what validation looks at."""
        from io import BytesIO

        output = BytesIO()
        self._write_stated(output, without)
        return output.getvalue()

    @contextmanager
    def stated_file(self) -> Iterator[mmap]:
        """What is stated, in a temporary file, which takes no memory but where it is looked at."""
        from mmap import ACCESS_READ, mmap
        from tempfile import TemporaryFile

        with ExitStack() as open_until_then:
            try:
                file = open_until_then.enter_context(TemporaryFile())
                self._write_stated(file, ())
                file.flush()
            except OSError as error:
                raise StoreError(
                    f"what is to be validated cannot be written to a temporary file ({error}); "
                    "make room, or name another place as TMPDIR"
                ) from None
            yield open_until_then.enter_context(mmap(file.fileno(), 0, access=ACCESS_READ))

    def _write_stated(self, output: IO[bytes], without: Container[str]) -> None:
        names = [n for n in self.graph_names() if n != DERIVED_GRAPH and n not in without]
        graphs: list[GraphName] = [ox.NamedNode(name) for name in names]
        for graph in graphs + ([] if self._merged else [ox.DefaultGraph()]):
            self.dump(graph, output)

    def manifest(self) -> Mapping[str, str]:
        """What the store was built from; empty for another program's store."""
        return self._manifest


@contextmanager
def _answering(sparql: str) -> Iterator[None]:
    """Errors of the engine as those of bilat; nothing is asked that would end the process."""
    _refuse_deep_nesting(sparql)
    try:
        yield
    except SyntaxError as error:
        if _is_update(sparql):
            raise UpdateError(
                "this is an update, and the store is read-only: facts come in through files "
                "in data/sources or --data, then `bilat build`"
            ) from None
        from bilat.mistakes import explained

        raise InputError(f"not a SPARQL query: {explained(sparql, error.msg)}") from None
    except (ValueError, RuntimeError) as error:
        raise InputError(f"the query cannot be answered: {error}") from None
    except OSError as error:
        raise StoreError(
            f"the query could not be finished ({error}); if the store is damaged, "
            "`bilat build` makes a new one"
        ) from None


_MARKS = [(f"{name}:", name) for name in PREFIXES]


def _prefixes_in(sparql: str) -> dict[str, str]:
    """The known prefixes that may occur in a query: each costs the parser its time."""
    if "\\" in sparql:  # any character may be escaped
        return {**PREFIXES}
    return {name: PREFIXES[name] for mark, name in _MARKS if mark in sparql}


def _plain(result: Any) -> Rows | bool | Triples:
    if isinstance(result, ox.QuerySolutions):
        variables = [variable.value for variable in result.variables]
        return Rows(variables, (tuple(solution) for solution in result))
    return Triples(result) if isinstance(result, ox.QueryTriples) else bool(result)


def _part_apart(sparql: str) -> tuple[str, slice]:
    """A query without the ``LIMIT`` and ``OFFSET`` in its last line, and which rows they mean."""
    # at the start of a line this is in no comment, and in no string of a query that can be read
    whole, _, numbers = sparql.rpartition("\nLIMIT ")
    limit, _, offset = numbers.rstrip().partition(" OFFSET ")
    if not whole or not limit.isdecimal() or not (offset or "0").isdecimal():
        return sparql, slice(None)
    start = int(offset or 0)
    return whole, slice(start, start + int(limit))


def _order_apart(sparql: str) -> tuple[str, list[tuple[list[str], bool]]]:
    """A query without the order that it ends with, and that order: columns, whether descending.

    Without keys where it has none, or one by anything but columns and the first bound of columns.
    """
    # at the start of a line this is in no comment, and in no string of a query that can be read
    bare, _, order = sparql.rpartition("\nORDER BY ")
    keys = []
    for word in order.replace(", ", ",").split():
        descending = word.startswith("DESC(")
        inner = word[5:-1] if descending and word.endswith(")") else word
        if inner.startswith("COALESCE(") and inner.endswith(")"):
            inner = inner[9:-1]
        names = [name[1:] for name in inner.split(",") if name.startswith("?")]
        is_key = names and inner == ",".join("?" + name for name in names)
        if not is_key or not all(map(str.isidentifier, names)):
            return sparql, []
        keys.append((names, descending))
    return bare, keys


def _refuse_deep_nesting(sparql: str) -> None:
    # the engine's parser recurses, and thousands of levels would end the process
    depth = deepest = 0
    if sparql.count("{") + sparql.count("(") + sparql.count("[") > MAX_DEPTH:
        for character in sparql:
            depth += (character in "{([") - (character in "})]")
            deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise InputError(f"the query nests {deepest} levels deep; at most {MAX_DEPTH} are taken")


def _is_update(text: str) -> bool:
    return bool(re.match(_UPDATE, _parted(text)[1]))


def _parted(text: str) -> tuple[list[str], str]:
    """The comments and declarations at the start of a query, each by itself, and what follows."""
    found = []
    while match := re.match(_COMMENT_OR_PROLOGUE, text):
        found.append(match[1])
        text = text[match.end() :]
    return found, text


def prologue_for(sparql: str) -> str:
    """bilat's prefixes that the query uses and does not declare, in one line.

    Before the query, they leave its lines their numbers.
    """
    lines = " ".join(line for line in _parted(sparql)[0] if not line.startswith("#"))
    declared = re.findall(r"(?i)\bPREFIX\s+([^\s:]*):", lines)
    return "".join(
        f"PREFIX {name}: <{iri}> "
        for name, iri in PREFIXES.items()
        if f"{name}:" in sparql and name not in declared
    )


def query_form(sparql: str) -> str:
    """``SELECT``, ``ASK``, ``CONSTRUCT`` or ``DESCRIBE``, without parsing all of the query.

    Raises InputError for an update, for what is no query, and for one that nests too deep.
    """
    _refuse_deep_nesting(sparql)
    if match := re.match(r"(?i)\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", _parted(sparql)[1]):
        return match[1].upper()
    EmbeddedStore(ox.Store()).query(sparql)  # says where it is wrong
    raise InputError("not a SPARQL query: SELECT, ASK, CONSTRUCT or DESCRIBE was expected")


def is_url(place: object) -> bool:
    """Whether a store is named by an address of the web, not by a directory."""
    return isinstance(place, str) and re.match(r"(?i)https?:", place) is not None


def open_store(directory: str | os.PathLike[str]) -> EmbeddedStore:
    """The store in the directory: one that bilat built, or any other Oxigraph program.

    Raises StoreError where there is none, where it is damaged, or where another program is writing
    to it (reading beside a writer is undefined in Oxigraph).
    """
    path = str(directory)
    manifest = os.path.join(path, MANIFEST)
    ours = os.path.isfile(manifest)
    about = read_manifest(manifest) if ours else {}
    if ours:
        path = os.path.join(path, about["store"])
    if not os.path.isfile(os.path.join(path, "CURRENT")):
        raise no_store(str(directory))
    if not ours:  # nobody writes to a store of ours once it is in place
        _refuse_if_written_to(path)
    try:
        folder = path if ours else None
        engine = ox.Store.read_only(path)
        return EmbeddedStore(engine, merged=ours, manifest=about, folder=folder)
    except (OSError, ValueError, RuntimeError) as error:
        hint = f"it may be damaged: `bilat --store {directory} build` makes a new one"
        if "Permission denied" in str(error):
            hint = "look at the permissions of its files"
        elif not ours:
            hint = "it may be damaged, or be no store of an Oxigraph program; name another folder"
        raise StoreError(f"{directory}: the store cannot be opened ({error}); {hint}") from None


def no_store(place: str, data: str | None = None) -> StoreError:
    """The error for a place without a store, which is to have the data in it."""
    if os.path.isfile(place):
        return StoreError(f"{place}: is a file; a store is a folder, or an address of the web")
    if "://" in place:
        return StoreError(f"{place}: no such store; an address begins with http:// or https://")
    if os.path.isdir(place) and not os.access(place, os.R_OK | os.X_OK):
        return StoreError(f"{place}: this folder cannot be read; its permissions do not allow it")
    return StoreError(f"{place}: no store is here; {command_to_build(place, data)} makes one")


def command_to_build(place: str, data: str | None) -> str:
    """The command that builds a store there which has the data in it."""
    from shlex import quote

    and_data = f" --data {quote(data)}" if data else ""
    return f"`bilat --store {quote(place)}{and_data} build`"


def read_manifest(path: str) -> dict[str, str]:
    """What is written beside a built store; raises StoreError if it cannot be understood."""
    import json

    try:
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        known = ("store", "inputs", "data", "sha256", "version")
        found = {key: str(manifest[key]) for key in known}
        if not re.fullmatch(r"store-\d+", found["store"]):
            raise ValueError(f"{found['store']!r} is no folder of a store")
        return found
    except PermissionError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"  # the repr of some has the whole file
        raise StoreError(f"{path}: damaged ({reason}); `bilat build` makes a new store") from None


def is_built_from(directory: str, stamp: str) -> bool:
    """Whether the directory has a store that was built from files with this stamp."""
    try:
        manifest = read_manifest(os.path.join(directory, MANIFEST))
    except StoreError:
        return False
    return manifest["inputs"] == stamp and os.path.isdir(os.path.join(directory, manifest["store"]))


def _refuse_if_written_to(path: str) -> None:
    # RocksDB's writer holds a POSIX lock on this file; asking for it is how one sees that.
    import fcntl

    lock = os.path.join(path, "LOCK")
    try:
        with open(lock, "rb") as file:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreError(
            f"{path}: another program is writing to this store; try again when it has ended"
        ) from None
    except OSError:
        return  # no lock file, or a read-only disk: nobody writes there
