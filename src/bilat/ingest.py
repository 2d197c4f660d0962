"""From a document to a file of the user's data: read, reconcile, validate, and only then write.

A folder of own data has ``sources/`` with one TriG file per document, ``communiques/`` with the
texts that may be kept, and ``judgements.tsv`` with what was decided about names.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import category

import pyoxigraph as ox

from bilat.errors import InputError
from bilat.files import only_writer, read_rdf, replace_file
from bilat.inputs import COMMUNIQUES, SOURCES, is_data_directory
from bilat.judgements import FILE, Judgements, user
from bilat.names import folded
from bilat.namespaces import GRAPH, compact
from bilat.rdf import About, Background, Names, clean, compose, iri, is_address, source_id
from bilat.rdf.names import decide, mentions
from bilat.reading import NOTHING_FOUND
from bilat.reconcile import Outcome, Reconciler, known_entities
from bilat.record import is_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bilat.documents import Document
    from bilat.findings import Finding
    from bilat.inputs import Inputs
    from bilat.rdf import Mention, Naming, SourceGraph
    from bilat.reconcile import Decision
    from bilat.record import Record

#: What keeps what a replaced file held.
ASIDE = "~"

#: The name of a document that is no file.
STANDARD_INPUT = "standard input"

#: How often what does not pass the shapes is left out before the document is given up.
ROUNDS = 25

README = """# Data of my own

`bilat --data . ingest FILE…` reads documents into this folder, and
`bilat --data . ask who-cooperates-with` asks what they state together with the data that bilat
ships; in this folder `--data .` may be left out.

| | holds |
|---|---|
| `sources/` | what each document states, `<source-id>.trig` |
| `communiques/` | the texts, where `--keep-text` said that they may be kept, `<source-id>.txt` |
| `judgements.tsv` | which names mean the same: one line for each decision |
| `tables/`, `rejects/` | figures of imported tables, and what was left out of them |

What `ingest --replace` replaced is kept beside it, with `~` at the end of its name.
The files may be edited by hand; `bilat --data . validate` checks them. RDF files of your own may
stand beside them.
"""


def init(directory: str) -> list[str]:
    """Make a folder of own data, or what it lacks of one; gives what was made.

    Raises InputError where that cannot be.
    """
    made = []
    try:
        for folder in (directory, *(os.path.join(directory, n) for n in (SOURCES, COMMUNIQUES))):
            if not os.path.isdir(folder):
                os.makedirs(folder)
                made.append(folder)
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be made ({error.strerror})") from None
    header = "when\twho\tkind\tname\tcountry\tdecision\tiri\twhy\n"
    for name, text in (("README.md", README), (FILE, header)):
        path = os.path.join(directory, name)
        if not os.path.exists(path):
            replace_file(path, text.encode())
            made.append(path)
    return made


@dataclass(frozen=True)
class Options:
    """What the user says of the documents and of how to take them in."""

    url: str | None = None
    published: str | None = None
    licence: str | None = None
    keep_text: bool = False
    replace: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.url is not None and not is_address(self.url):
            raise InputError(f"--source-url {self.url!r}: expected an address of http or https")
        if self.published is not None and not is_day(self.published):
            raise InputError(
                f"--published {self.published!r}: no date; expected one such as 2026-02-27"
            )

    def of_the_source(self) -> tuple[str, ...]:
        """The options given that say something of the source."""
        given = {
            "--keep-text": self.keep_text,
            "--source-url": self.url,
            "--published": self.published,
            "--licence": self.licence,
        }
        return tuple(name for name, value in given.items() if value)


@dataclass(frozen=True)
class Choice:
    """What somebody decided about a name: ``same`` (with its IRI), ``new`` or ``unsure``."""

    decision: str
    iri: str | None = None


@dataclass(frozen=True)
class Ingested:
    """What came of one document.

    ``state`` is ``new``, ``replaced``, ``known`` (the same text is there), ``changed`` (another
    text of a source that is there) or ``empty`` (nothing was read; ``remarks`` say why).
    ``settled`` has what was left to decide in a known text and is judged since, ``ignored`` the
    options that change nothing of it, ``aside`` the files that keep what was replaced.
    """

    name: str
    state: str
    identifier: str
    path: str | None = None
    graph: SourceGraph | None = None
    kept: str | None = None
    remarks: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything was taken in and nothing is left to decide."""
        if self.state in ("changed", "empty") or self.settled:
            return False
        return not self.graph or not (self.graph.remarks or self.undecided)

    @property
    def undecided(self) -> list[Naming]:
        """The names that may mean several things."""
        names = self.graph.names if self.graph else ()
        return [n for n in names if n.decision.outcome is Outcome.AMBIGUOUS]


class Ingest:
    """Takes documents into a folder of own data, one after the other.

    ``inputs`` name the folder. ``ask`` is called for a name that may mean several things.
    """

    def __init__(
        self,
        inputs: Inputs,
        options: Options,
        read: Callable[[Document, Options], Record],
        ask: Callable[[Mention, Decision], Choice | None] | None = None,
    ) -> None:
        if inputs.data is None or not is_data_directory(inputs.data):
            where = inputs.data or "the current directory"
            raise InputError(
                f"{where}: no folder of own data; `bilat init DIR` makes one, --data DIR names it"
            )
        self.inputs, self.options, self.directory = inputs, options, inputs.data
        self._read, self._ask = read, ask
        self.who = user()  # decides
        self._name = ""  # of the document at hand
        self._taken: set[str] = set()  # the sources of the documents before it
        self._before: set[tuple[str | None, ...]] | None = None  # findings of what is there
        self._shapes = [Path(name) for name in inputs.shapes()]
        self._load()

    def take(self, document: Document) -> Ingested:
        """Take in one document; where that raises InputError, nothing is written."""
        self._name = clean(document.name)
        record = self._read(document, self.options)
        sha256 = hashlib.sha256(document.text.encode()).hexdigest()
        while True:
            found = self._take(document, record, sha256)
            if found is not None:
                self._taken.add(found.identifier)
                return found
            self._load()  # somebody else has written meanwhile: look again

    # ---- one document

    def _take(self, document: Document, record: Record, sha256: str) -> Ingested | None:
        known = self._holding("bilat:sha256", ox.Literal(sha256))
        again = bool(known and self.options.replace and self._may_replace(known))
        if known and not again:
            settled = self._settled(record, known) if self._own(known) else ()
            path = self._file_of(known)
            ignored = () if known in self._taken else self.options.of_the_source()
            return Ingested(document.name, "known", known, path, settled=settled, ignored=ignored)
        if not (record.instruments or record.people or record.awards):
            why = (r for r in record.remarks if r.message != NOTHING_FOUND)
            remarks = tuple(f"line {r.line}: {clean(r.message)}" for r in why)
            return Ingested(document.name, "empty", "", remarks=remarks)
        earlier = known if again else self._earlier(document, record)
        licence = self.options.licence
        if known and again:
            record, licence = self._as_said_before(document, record, known)
        if earlier and not self.options.replace:
            return Ingested(document.name, "changed", earlier, self._file_of(earlier))
        if earlier:
            self._forget(earlier)
        try:
            identifier = earlier or self._new_id(record, sha256)
            graph = self._graph(document, record, identifier, licence)
            aside = () if self.options.dry_run else self._write(document, graph)
        except Exception:
            self._load()  # what was learnt of this document does not hold
            raise
        if aside is None:
            return None
        state = "replaced" if earlier else "new"
        path = os.path.join(self.directory, SOURCES, f"{graph.identifier}.trig")
        kept = self._text_file(graph.identifier) if self.options.keep_text else None
        self._background.engine.extend(graph.quads())
        return Ingested(document.name, state, graph.identifier, path, graph, kept, aside=aside)

    def _settled(self, record: Record, identifier: str) -> tuple[str, ...]:
        """The names that a judgement settles and that the source does not have so far."""
        name = ox.NamedNode(GRAPH + identifier)
        terms, called = set(), set()
        for quad in self._background.engine.quads_for_pattern(None, None, None, name):
            terms |= {quad.subject, quad.object}
            if quad.predicate in (iri("rdfs:label"), iri("skos:altLabel")):
                called.add(folded(quad.object.value))  # type: ignore[union-attr]
        found = []
        for mention in mentions(record):
            decision = decide(mention, record, self._reconciler)
            if not decision.judged or decision.outcome is Outcome.AMBIGUOUS:
                continue
            node = ox.NamedNode(decision.iri) if decision.iri else None
            if node not in terms if node else folded(mention.name) not in called:
                found.append(mention.name)
        return tuple(dict.fromkeys(found))

    def _as_said_before(
        self, document: Document, record: Record, identifier: str
    ) -> tuple[Record, str | None]:
        """The record and the licence with what was said of the same text when it was taken in."""
        node = iri(f"source:{identifier}")
        said = {
            name: next((v.value for v in self._background.values(node, predicate)), None)
            for name, predicate in (
                ("url", "bilat:sourceUrl"),
                ("published", "dct:issued"),
                ("address", "dct:license"),
                ("phrase", "dct:rights"),
            )
        }
        url = None if record.source_url else said["url"]
        published = None if record.published else said["published"]
        if url or published:
            more = replace(
                self.options,
                url=self.options.url or url,
                published=self.options.published or published,
            )
            record = self._read(document, more)
        return record, self.options.licence or said["address"] or said["phrase"]

    def _graph(
        self, document: Document, record: Record, identifier: str, licence: str | None
    ) -> SourceGraph:
        """The graph of the document, without what does not pass the shapes."""
        about = About(
            identifier,
            document.text,
            document.title,
            _file_name(document),
            licence,
        )
        names = Names(record, self._reconciler, self._background, self._settle)
        without: set[str] = set()
        for _ in range(ROUNDS):
            graph = compose(record, about, names, self._background, without)
            findings = self._findings(graph)
            if not findings:
                return _with_doubts(graph, document)
            own = {block.subject.value for block in graph.blocks()}
            culprits = set()
            for finding in findings:
                involved = {finding.focus, finding.value or ""} & own
                culprits |= {_whole(node, graph) for node in involved}
            if not culprits - without:
                break
            without |= culprits
        messages = "; ".join(f"{f.focus_label}: {f.message}" for f in findings[:3])
        raise InputError(f"{document.name}: what was read does not pass the shapes: {messages}")

    def _findings(self, graph: SourceGraph) -> list[Finding]:
        """The findings that the graph brings, without those that are there already."""
        from bilat.validate import validate_graph

        added = _ntriples(quad.triple for quad in graph.quads())
        findings = validate_graph(self._context + added, self._shapes)
        if findings and self._before is None:
            self._before = {f.cause for f in validate_graph(self._context, self._shapes)}
        return [finding for finding in findings if finding.cause not in (self._before or ())]

    def _settle(self, mention: Mention, decision: Decision, new: str | None) -> Decision:
        """The decision of whoever is asked, kept as a judgement; else the name stays ambiguous."""
        answer = self._ask(mention, decision) if self._ask and not decision.judged else None
        if answer is None:
            return decision
        chosen = new if answer.decision == "new" else answer.iri
        why = f"decided while ingesting {self._name}"
        if not self.options.dry_run:
            self._judgements.add(
                kind=decision.kind,
                name=decision.name,
                country=decision.country,
                decision=answer.decision,
                iri=chosen,
                why=why,
                who=self.who,
            )
        outcomes = {"same": Outcome.MATCH, "new": Outcome.UNKNOWN}
        outcome = outcomes.get(answer.decision, Outcome.AMBIGUOUS)
        return replace(decision, outcome=outcome, iri=chosen, reasons=(why,), judged=True)

    # ---- what is there

    def _load(self, without: str | None = None) -> None:
        """Read everything anew, but for the graph of a source that is to be replaced."""
        self._stamp = self._files_now()
        engine = ox.Store()
        for path, graph in self.inputs.files():
            if graph == without:
                continue
            name = ox.NamedNode(graph)
            engine.extend(
                ox.Quad(q.subject, q.predicate, q.object, name)
                if isinstance(q.graph_name, ox.DefaultGraph)
                else q
                for q in read_rdf(Path(path))
            )
        self._background = Background(engine)
        self._judgements = Judgements.load(os.path.join(self.directory, FILE))
        self._reconciler = Reconciler(known_entities(engine), self._judgements)
        self._before = None

    @property
    def _context(self) -> bytes:
        return _ntriples(quad.triple for quad in self._background.engine)

    def _files_now(self) -> str:
        return self.inputs.stamp()

    def _forget(self, identifier: str) -> None:
        self._load(without=GRAPH + identifier)

    def _own(self, identifier: str) -> bool:
        path = os.path.join(self.directory, SOURCES, f"{identifier}.trig")
        return os.path.isfile(path)

    def _file_of(self, identifier: str) -> str | None:
        own = os.path.join(self.directory, SOURCES, f"{identifier}.trig")
        return own if os.path.isfile(own) else None

    def _holding(self, predicate: str, value: ox.Literal | ox.NamedNode) -> str | None:
        """The identifier of the source that has the value."""
        for node in self._background.subjects(predicate, value):
            for found in self._background.values(node, "dct:identifier"):
                return found.value
        return None

    def _earlier(self, document: Document, record: Record) -> str | None:
        """The own source of the same address, or of the same file where no address is known."""
        address = record.source_url
        if address and is_address(address):
            nodes = self._background.subjects("bilat:sourceUrl", ox.NamedNode(address))
        else:
            # two folders may have files of one name: day and countries must be the same, too
            name = ox.Literal(_file_name(document))
            undated = re.escape(source_id(record, "").rstrip("-"))
            same = re.compile(rf"{undated}(-\d+|-[0-9a-f]{{8}})?$")
            nodes = [
                node
                for node in self._background.subjects("bilat:fileName", name)
                if not self._background.values(node, "bilat:sourceUrl") and same.search(node.value)
            ]
        found = [v.value for node in nodes for v in self._background.values(node, "dct:identifier")]
        wanted = self._may_replace if self.options.replace else self._own
        return next((identifier for identifier in found if wanted(identifier)), None)

    def _may_replace(self, identifier: str) -> bool:
        """Whether it is an own source, and not of a document that was taken in just before."""
        return self._own(identifier) and identifier not in self._taken

    def _new_id(self, record: Record, sha256: str) -> str:
        wanted = identifier = source_id(record, sha256)
        number = 1
        while self._own(identifier) or self._background.is_taken(iri(f"source:{identifier}")):
            number += 1
            identifier = f"{wanted}-{number}"
        return identifier

    # ---- writing

    def _text_file(self, identifier: str) -> str:
        return os.path.join(self.directory, COMMUNIQUES, f"{identifier}.txt")

    def _kept(self, document: Document, path: str) -> bytes | None:
        text = document.text.encode()
        return text if self.options.keep_text or _content(path) == text else None

    def _write(self, document: Document, graph: SourceGraph) -> tuple[str, ...] | None:
        """Write text and graph; gives the files that keep what was there.

        None where the data has changed since it was read.
        """
        content = graph.trig().encode()
        if set(ox.parse(content, format=ox.RdfFormat.TRIG)) != set(graph.quads()):
            raise InputError(f"{document.name}: its TriG does not say what was read")
        with only_writer(os.path.join(self.directory, SOURCES)):
            if self._files_now() != self._stamp:
                return None
            path = os.path.join(self.directory, SOURCES, f"{graph.identifier}.trig")
            text_path = self._text_file(graph.identifier)
            kept = self._kept(document, text_path)
            with (
                _set_aside(path, content) as aside,
                _set_aside(text_path, kept) as text_aside,
                _text_beside(text_path, kept),
            ):
                replace_file(path, content)
            self._stamp = self._files_now()
        return (*aside, *text_aside)


def _content(path: str) -> bytes | None:
    with suppress(FileNotFoundError), open(path, "rb") as file:
        return file.read()
    return None


@contextmanager
def _set_aside(path: str, content: bytes | None) -> Iterator[tuple[str, ...]]:
    """Keep what the file holds, if it is to hold something else; undone where that fails."""
    before, name = _content(path), path + ASIDE
    if before is None or before == content:
        yield ()
        return
    older = _content(name)
    replace_file(name, before)
    try:
        yield (name,)
    except BaseException:
        if older is None:
            os.unlink(name)
        else:
            replace_file(name, older)
        raise


@contextmanager
def _text_beside(path: str, text: bytes | None) -> Iterator[None]:
    """Keep the text, or none, if what is done meanwhile succeeds; else all is as it was before."""
    before = _content(path)
    if text is not None:
        replace_file(path, text)
    try:
        yield
    except BaseException:
        if text is not None and before is not None:
            replace_file(path, before)
        elif text is not None:
            os.unlink(path)
        raise
    if text is None and before is not None:  # it is not the text that is quoted now
        os.unlink(path)


def _with_doubts(graph: SourceGraph, document: Document) -> SourceGraph:
    """The graph with what is doubtful of the document's bytes as notes: nothing was left out."""
    doubts = [f"line {r.line}: {clean(r.message)}" for r in document.remarks]
    remarks = tuple(remark for remark in graph.remarks if remark not in doubts)
    return replace(graph, remarks=remarks, notes=tuple(dict.fromkeys((*doubts, *graph.notes))))


def _whole(node: str, graph: SourceGraph) -> str:
    """What is left out when the node is: the instrument of a party, else the node itself."""
    for block in graph.blocks():
        for predicate, values in block.facts:
            if predicate == "bilat:hasParty" and ox.NamedNode(node) in values:
                return block.subject.value
    return node


def _file_name(document: Document) -> str:
    """The name without its folder; none for standard input."""
    return "" if document.name == STANDARD_INPUT else clean(os.path.basename(document.name))


def _short(path: str) -> str:
    """The path as seen from here, where that is shorter."""
    near = os.path.relpath(path)
    return path if near.startswith("..") else near


def _ntriples(triples: Iterator[ox.Triple]) -> bytes:
    return ox.serialize(set(triples), format=ox.RdfFormat.N_TRIPLES) or b""


# ---- what is shown


def report(done: Ingested, dry_run: bool = False) -> str:
    """What came of the document, for people."""
    name = shown(done.name)
    if done.state == "known":
        what = "nothing to do"
        if done.settled:
            names = ", ".join(f"“{shown(n)}”" for n in done.settled)
            what = f"{names} has been decided since: --replace takes it in"
        ignored = f"{', '.join(done.ignored)}: ignored"
        ignored += " without --replace" if done.path else ""
        lines = [f"{name}: this text is there as {done.identifier}; {what}"]
        return "\n".join([*lines, *([f"  note       {ignored}"] if done.ignored else []), ""])
    if done.state == "empty":
        what = f"{name}: no instrument, person or award was found in it; nothing written\n"
        return what + "".join(f"  note       {shown(remark)}\n" for remark in done.remarks)
    if done.state == "changed":
        return (
            f"{name}: {done.identifier} was made from another text of the same source; "
            "--replace puts this one in its place\n"
        )
    graph = done.graph
    assert graph is not None
    would = "would be written" if dry_run else done.state
    lines = [f"{name} → {graph.identifier} ({would})"]
    for naming in graph.names:
        lines.append("  " + _naming_line(naming))
    lines += [f"  left out   {shown(remark)}" for remark in graph.remarks]
    lines += [f"  note       {shown(note)}" for note in graph.notes]
    counts = [
        f"{number} {word}{'s' if number != 1 else ''}"
        for class_, word in (
            ("bilat:Instrument", "instrument"),
            ("bilat:Party", "party"),
            ("bilat:Person", "person"),
            ("bilat:AwardConferral", "award"),
        )
        if (number := graph.count(class_))
    ]
    summary = ", ".join(counts).replace("partys", "parties") or "no facts"
    lines.append(f"  {summary} → {shown(_short(done.path or ''))}")
    lines += [f"  the file before is kept as {shown(_short(path))}" for path in done.aside]
    if done.kept:
        lines.append(f"  the text → {shown(_short(done.kept))}")
    return "\n".join(lines) + "\n"


def _naming_line(naming: Naming) -> str:
    what = f"{naming.kind:<12}“{shown(naming.name)}”"
    what += f" ({naming.country})" if naming.country else ""
    decision = naming.decision
    reasons = shown("; ".join(decision.reasons))
    if decision.outcome is Outcome.AMBIGUOUS:
        near = ", ".join(f"{shown(c.label)} ({c.score:.2f})" for c in decision.candidates[:3])
        return f"to decide  {what}: {near or reasons or 'no candidate'}"
    if naming.iri is None:
        return f"left out   {what}: its country is not known"
    if naming.minted:
        return f"new        {what}: {compact(naming.iri.value)}"
    return f"matched    {what} = {compact(naming.iri.value)}: {reasons}"


def shown(text: str) -> str:
    """The text for a terminal: what would move its cursor or turn its lines round as a number."""

    def character(c: str) -> str:
        if c.isprintable():
            return c
        return " " if category(c) == "Zs" else f"\\x{ord(c):02x}"

    return "".join(map(character, text))


def question(mention: Mention, decision: Decision) -> str:
    """What to ask about a name that may mean several things."""
    where = f" ({mention.country})" if mention.country else ""
    lines = [f"Which {mention.kind} is “{shown(mention.name)}”{where}?"]
    for number, candidate in enumerate(decision.candidates, 1):
        reasons = shown("; ".join(candidate.reasons))
        what = f"{shown(candidate.label)}, {compact(candidate.iri)}"
        lines.append(f"  {number}  {what} ({candidate.score:.2f}: {reasons})")
    lines += ["  n  none of them: something new", "  u  unsure: leave it out", ""]
    return "\n".join(lines)


def answer(text: str, decision: Decision) -> Choice | None:
    """What was answered to the question; None where it is no answer to it."""
    word = text.strip().casefold()
    if word in ("n", "u"):
        return Choice("new" if word == "n" else "unsure")
    if re.fullmatch(r"[1-9]\d?", word) and int(word) <= len(decision.candidates):
        return Choice("same", decision.candidates[int(word) - 1].iri)
    return None
