"""Tables become sources: rows of CSV, TSV, Excel or Parquet, by a declared profile, as N-Quads.

``<DIR>/sources/<id>.nq`` has what the rows state, each fact with its row as evidence, and
``<DIR>/rejects/<id>.csv`` what could not be taken in. The same files give the same bytes.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from itertools import takewhile
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING

import pyoxigraph as ox

from bilat.errors import InputError
from bilat.files import only_writer, replace_file
from bilat.inputs import SOURCES, is_data_directory, shipped
from bilat.namespaces import DERIVED_GRAPH, GRAPH, PREFIXES
from bilat.rdf.naming import slug
from bilat.rdf.rows import About, RowGraph, TableFile
from bilat.tables import showing
from bilat.tables.before import differences
from bilat.tables.cells import Bound, lacking, missing_columns
from bilat.tables.known import Known
from bilat.tables.leaders import Leaders
from bilat.tables.missions import Missions
from bilat.tables.pairs import Pairs
from bilat.tables.profiles import Profile, load, names
from bilat.tables.reading import Layout, Table
from bilat.tables.rejects import Rejects
from bilat.tables.states import Side, States
from bilat.tables.treaties import Treaties
from bilat.tables.work import Importer, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bilat.inputs import Inputs
    from bilat.loading import Progress

#: The folder of a folder of own data that holds what was left out.
REJECTS = "rejects"

_KINDS: dict[str, Callable[[Work], Importer]] = {
    "treaties": Treaties,
    "leaders": Leaders,
    "missions": Missions,
    "pairs": Pairs,
}


@dataclass(frozen=True)
class Options:
    """What the user says of the files and of how to take them in."""

    identifier: str | None = None
    country: str | None = None
    licence: str | None = None
    encoding: str | None = None
    strict: bool = False
    replace: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Imported:
    """What came of an import.

    ``state`` is ``new``, ``replaced``, ``known`` (nothing has changed) or ``changed`` (the source
    was made otherwise, as ``differs`` says, and ``replace`` was not said).
    """

    identifier: str
    state: str
    path: str
    rejects_path: str | None = None
    rows: int = 0
    statements: int = 0
    rows_left_out: int = 0
    rejects: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    differs: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything was taken in."""
        return self.state != "changed" and not self.rejects


def profiles_folder() -> str:
    """Where the profiles are that ship."""
    return shipped().folder("data", "profiles")


def import_tables(
    profile: str,
    files: Sequence[str],
    directory: str,
    options: Options = Options(),
    progress: Progress = lambda *_: None,
) -> Imported:
    """Make a source of the folder of own data from the files, whole or not at all.

    Raises InputError where the profile, a file or the folder cannot be used, or, with ``strict``,
    where anything cannot be taken in; nothing is written then.
    """
    if not is_data_directory(directory):
        raise InputError(f"{directory}: no folder of own data; `bilat init {directory}` makes one")
    chosen = load(profile, profiles_folder())
    tables = bind(chosen, files, options)
    identifier = options.identifier or source_id(chosen, files)
    sources = os.path.join(directory, SOURCES)
    _refuse_taken(identifier, os.path.join(sources, f"{identifier}.nq"), shipped(directory))
    with only_writer(sources):
        return _write(chosen, tables, identifier, directory, options, progress)


def source_id(profile: Profile, files: Sequence[str]) -> str:
    """The profile's name and what the names of the files begin with."""
    stems = sorted(slug(_stem(name)) for name in files)
    words = zip(*(stem.split("-") for stem in stems), strict=False)
    same = [each[0] for each in takewhile(lambda each: len(set(each)) == 1, words)]
    common = "-".join(same or stems)
    name = slug(profile.name)
    return common if common.startswith(name) else f"{name}-{common}"


def _refuse_taken(identifier: str, path: str, inputs: Inputs) -> None:
    """Raise InputError for what cannot name a file and a graph, or what names another's graph."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", identifier):
        raise InputError(
            f"--id {identifier!r}: a source is called by Latin letters, digits, '-', '_' and '.', "
            "such as norway-treaties"
        )
    graphs = {graph: name for name, graph in inputs.files()}
    taken = {**graphs, DERIVED_GRAPH: "what the rules derive"}.get(GRAPH + identifier)
    if taken and os.path.abspath(taken) != os.path.abspath(path):
        raise InputError(f"--id {identifier}: its graph is taken by {taken}; choose another")


def _stem(path: str) -> str:
    name = os.path.basename(path)
    return os.path.splitext(name.removesuffix(".gz"))[0]


def bind(
    profile: Profile, files: Sequence[str], options: Options, first: int | None = None
) -> list[Bound]:
    """Each file with the table of the profile whose columns it has, or only its first rows."""
    found: list[Bound] = []
    for path in sorted(files, key=lambda path: (os.path.basename(path), path)):
        if any(os.path.realpath(path) == os.path.realpath(b.table.path) for b in found):
            raise InputError(f"{path}: is named twice, and its rows would be taken twice")
        bound = _bind(profile, path, options, Counter(b.part.name for b in found))
        bound.first = first
        found.append(bound)
    for part in profile.tables:
        if not part.optional and all(bound.part.name != part.name for bound in found):
            columns = ", ".join(
                c.parts[0][0] for cs in part.columns.values() for c in cs if c.parts
            )
            raise InputError(
                f"no file has the table {part.name!r} of the profile {profile.name!r}; its columns "
                f"are {columns}"
            )
    order = [part.name for part in profile.tables]
    return sorted(found, key=lambda bound: (order.index(bound.part.name), bound.role))


def _bind(profile: Profile, path: str, options: Options, taken: Counter[str]) -> Bound:
    best: tuple[int, Bound | InputError] | None = None
    for part in profile.tables:
        encoding = options.encoding or part.encoding or "utf-8"
        table = Table(path, Layout(encoding, part.delimiter, part.sheet, part.header))
        lacks = len(missing_columns(table, part))
        if best is None or lacks < best[0]:
            role = part.name if not taken[part.name] else f"{part.name}-{taken[part.name] + 1}"
            bound: Bound | InputError
            if lacks:
                bound = InputError(lacking(table, part, profile))
            else:
                bound = Bound(profile, part, table, role)
            best = lacks, bound
    assert best is not None  # a profile has a table
    if isinstance(best[1], InputError):
        raise best[1]
    return best[1]


def _write(
    profile: Profile,
    tables: list[Bound],
    identifier: str,
    directory: str,
    options: Options,
    progress: Progress,
) -> Imported:
    path = os.path.join(directory, SOURCES, f"{identifier}.nq")
    rejects_path = os.path.join(directory, REJECTS, f"{identifier}.csv")
    known = Known(shipped(directory), path)
    states = States(profile, partial(known.judged, "institution"))
    own = _own_country(profile, states, options)
    about = _about(profile, identifier, own, options)
    read = [TableFile(b.table.name, b.role, b.table.sha256()) for b in tables]
    differs = () if options.replace else differences(path, about, read)
    if differs:
        return Imported(identifier, "changed", path, differs=differs)
    with ExitStack() as stack:
        new = stack.enter_context(_draft(path, options.dry_run))
        left_out = stack.enter_context(_draft(rejects_path, options.dry_run))
        graph = RowGraph(identifier, new.write, known)
        rejects = Rejects(left_out, options.strict)
        work = Work(tables, graph, rejects, states, own, progress)
        graph.source(about, read)
        _KINDS[profile.kind](work).run()
        progress("compared with what is there", 0, 0)
        state = "new" if not os.path.exists(path) else "replaced"
        if not options.dry_run:
            for name, content in work.beside.items():
                _keep(os.path.join(directory, name), content)
            changed = _settle(new, path)
            state = state if changed else "known"
            _settle(left_out, rejects_path, keep=bool(rejects))
    return Imported(
        identifier,
        state,
        path,
        rejects_path if rejects else None,
        work.rows,
        graph.count,
        rejects.rows,
        rejects.counts,
    )


def _own_country(profile: Profile, states: States, options: Options) -> Side | None:
    wanted = options.country or profile.country
    if wanted is None:
        return None
    side = states.find(wanted, "any", None)
    if isinstance(side, str):
        raise InputError(f"--country {wanted!r}: {side}")
    return side


def _about(profile: Profile, identifier: str, own: Side | None, options: Options) -> About:
    return About(
        identifier,
        profile.title,
        options.licence or profile.licence,
        profile.attribution,
        profile.url,
        own.iri if own else None,
    )


@contextmanager
def _draft(path: str, dry_run: bool) -> Iterator[IO[str]]:
    """A file beside the path, which is taken away again where it does not take its place."""
    folder, name = os.path.split(path)
    if dry_run:
        with open(os.devnull, "w", encoding="utf-8") as nothing:
            yield nothing
        return
    try:
        os.makedirs(folder, exist_ok=True)
        for old in os.listdir(folder):  # what a killed import has left
            if old.startswith(f".{name}."):
                os.unlink(os.path.join(folder, old))
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder, prefix=f".{name}.", delete=False, newline=""
        ) as draft:
            try:
                yield draft
            finally:
                with suppress(OSError):
                    draft.close()
                with suppress(FileNotFoundError):
                    os.unlink(draft.name)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}); nothing has changed"
        ) from None


def _settle(draft: IO[str], path: str, keep: bool = True) -> bool:
    """Put the draft in the place of the path, where it says something else; tells whether."""
    draft.flush()
    if not keep:
        with suppress(FileNotFoundError):
            os.unlink(path)
        return False
    if _same(draft.name, path):
        return False
    os.fsync(draft.fileno())
    mask = os.umask(0)
    os.umask(mask)
    mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o666 & ~mask
    os.chmod(draft.name, mode)
    os.replace(draft.name, path)
    return True


def _keep(path: str, content: bytes) -> None:
    """Write the file, unless it says that already."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with suppress(FileNotFoundError), open(path, "rb") as file:
        if file.read() == content:
            return
    replace_file(path, content)


def _same(one: str, other: str) -> bool:
    import filecmp

    return os.path.exists(other) and filecmp.cmp(one, other, shallow=False)


# ---- what is shown

#: Rows of each table that a check reads.
CHECKED = 5


def report(done: Imported, dry_run: bool = False) -> str:
    """What came of an import, for people."""
    return showing.report(done, dry_run)


def listed() -> str:
    """The profiles that ship, with their titles."""
    folder = profiles_folder()
    found = [load(name, folder) for name in names(folder)]
    return "".join(f"{profile.name:<20} {profile.title}\n" for profile in found)


def check(
    profile: str, files: Sequence[str], options: Options = Options(), directory: str | None = None
) -> str:
    """What the columns are read as, and what the first rows would come to, in Turtle.

    The folder of own data, if there is one, has what names were judged to mean.
    """
    chosen = load(profile, profiles_folder())
    tables = bind(chosen, files, options, CHECKED)
    lines, left_out = StringIO(), StringIO()
    identifier = options.identifier or source_id(chosen, files)
    _refuse_taken(identifier, "", shipped())
    own = directory if directory and is_data_directory(directory) else None
    known = Known(shipped(own), os.path.join(own or "", SOURCES, f"{identifier}.nq"))
    graph, rejects = RowGraph(identifier, lines.write, known), Rejects(left_out)
    states = States(chosen, partial(known.judged, "institution"))
    work = Work(tables, graph, rejects, states, _own_country(chosen, states, options))
    graph.source(
        About(identifier, chosen.title), [TableFile(b.table.name, b.role, "") for b in tables]
    )
    _KINDS[chosen.kind](work).run()
    shown = showing.mapping(chosen, tables)
    shown += f"\nthe first {CHECKED} rows of each come to\n\n{_turtle(lines.getvalue())}"
    if rejects:
        shown += f"\nwithout what is left out\n\n{left_out.getvalue()}"
    return shown


def _turtle(lines: str) -> str:
    """The quads as Turtle, without what says where they are from."""
    quads = ox.parse(lines, format=ox.RdfFormat.N_QUADS)
    triples = [quad.triple for quad in quads if "/id/row/" not in quad.subject.value]
    prefixes = {name: ns for name, ns in PREFIXES.items() if ns in lines}
    content = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b""
    body = content.decode()
    return "".join(line for line in body.splitlines(True) if not line.startswith("@prefix"))
