"""Reading documents into records, one or many, and records as text for people and programs."""

from __future__ import annotations

import signal
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from bilat.errors import BilatError, InputError
from bilat.record import Remark, is_day

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from concurrent.futures import Future

    from bilat.documents import Document
    from bilat.rdf import Background
    from bilat.reconcile import Known
    from bilat.record import Award, Instrument, Party, Person, Record

#: What a document can be turned into.
FORMATS = ("table", "json", "trig", "explanation")

#: The remark on a text of which the reader says nothing itself.
NOTHING_FOUND = "nothing was found that was signed, exchanged or conferred, and nobody taking part"


@dataclass(frozen=True)
class Way:
    """How the documents of a run are read and shown.

    ``format`` is one of :data:`FORMATS`, ``width`` that of the terminal or 0, ``item`` the number
    of the one instrument to explain, ``data`` a folder of own data whose names TriG uses too.
    Raises InputError for a language or date that cannot be used.
    """

    format: str = "json"
    language: str | None = None
    published: str | None = None
    item: int | None = None
    width: int = 0
    data: str | None = None

    def __post_init__(self) -> None:
        if self.published is not None and not is_day(self.published):
            raise InputError(
                f"{self.published!r} is no day of publication; expected one such as 2026-02-27"
            )
        if self.language is not None:
            from bilat.communique import languages

            if self.language not in languages():
                known = ", ".join(languages())
                raise InputError(f"no language {self.language!r} is known; known are {known}")


class Outcome(NamedTuple):
    """What a document was turned into, or the error that kept it from being read."""

    text: str
    error: str | None = None


def read_document(document: Document, way: Way) -> Record:
    """What a document states, with its own remarks among those of the reader.

    What it says of itself stands in for what its text does not say.
    """
    from bilat import communique

    record = communique.read(
        document.text,
        published=way.published or document.published,
        language=way.language,
        source_url=document.url,
    )
    remarks = sorted([*document.remarks, *record.remarks], key=lambda remark: remark.line)
    found = record.instruments or record.awards or record.people
    if not found and not record.remarks:
        remarks.insert(0, Remark(1, NOTHING_FOUND))
    return replace(record, remarks=tuple(remarks))


def outcomes(paths: Sequence[str], way: Way, jobs: int = 1) -> Generator[Outcome]:
    """What comes of each file, in the order of the paths, once it and those before are read."""
    if jobs < 1:
        raise InputError(f"{jobs} processes cannot read; expected 1 or more")
    if jobs == 1 or len(paths) == 1:
        yield from (_outcome(path, way) for path in paths)
    else:
        yield from _side_by_side(paths, way, min(jobs, len(paths)))


def _side_by_side(paths: Sequence[str], way: Way, jobs: int) -> Generator[Outcome]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children, get_context

    others = set(active_children())
    # a spawned process has nothing of this one's threads and locks
    pool = ProcessPoolExecutor(jobs, get_context("spawn"))
    waiting: deque[Outcome | Future[Outcome]] = deque()

    def hand_out(most: int) -> None:
        for path in islice(ahead, most):
            # standard input is this process's alone
            waiting.append(_outcome(path, way) if path == "-" else pool.submit(_outcome, path, way))

    ahead = iter(paths)
    try:
        # the processes start now, and leave Ctrl-C to this one
        interrupts = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            pool.submit(int)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, interrupts)
        hand_out(4 * jobs)
        while waiting:
            first = waiting.popleft()
            yield first if isinstance(first, Outcome) else first.result()
            hand_out(1)
    except BrokenProcessPool:
        raise InputError("a process that read documents was killed; try --jobs 1") from None
    except BaseException:  # nobody waits for the rest
        for process in set(active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _outcome(path: str, way: Way) -> Outcome:
    from bilat.documents import load

    try:
        with at_fault(path):
            return Outcome(_shown(load(path), way))
    except BilatError as error:
        return Outcome("", str(error))


@contextmanager
def at_fault(path: str) -> Iterator[None]:
    """Whatever goes wrong meanwhile becomes an InputError of that file: others can be read."""
    try:
        yield
    except BilatError:
        raise
    except RecursionError as error:
        raise InputError(f"{path}: nests too deeply to be read") from error
    except MemoryError as error:
        raise InputError(f"{path}: takes more memory than there is") from error
    except Exception as error:
        message = " ".join(str(error).split())[:200]
        what = f"{type(error).__name__}: {message}" if message else type(error).__name__
        raise InputError(
            f"{path}: cannot be read: internal error ({what}); please report it with the text"
        ) from error


def _shown(document: Document, way: Way) -> str:
    if way.format == "explanation":
        from bilat.communique import explain

        published = way.published or document.published
        text = explain(document.text, way.item, published=published, language=way.language)
        return _heading(document.name) + (text or "no document of that number was found") + "\n"
    record = read_document(document, way)
    if way.format == "table":
        return to_table(record, document.name, way.width)
    if way.format == "trig":
        return _to_trig(record, document, way.data)
    return to_json(record, document.name)


# --- as text --------------------------------------------------------------------------------


def to_json(record: Record, name: str) -> str:
    """The record as one line of JSON, with the name of its ``file``."""
    import json

    return json.dumps({"file": name, **record.as_json()}, ensure_ascii=False) + "\n"


def to_table(record: Record, name: str, width: int = 0) -> str:
    """The record for people: what, when, where, who; then the instruments, awards and remarks."""
    from bilat.names import countries
    from bilat.results import table

    width = width or 100
    labels = countries().labels
    about = [
        ["event", record.event_type],
        ["date", record.date or "not stated"],
        ["place", record.place or "not stated"],
        ["published", record.published or ""],
        ["countries", ", ".join(labels.get(code, code) for code in record.countries)],
        ["people", "\n".join(map(_person, record.people))],
        ["source", record.source_url or ""],
    ]
    found = record.instruments or record.awards or record.people or record.countries
    filled = [line for line in about if line[1]] if found else []
    parts = [_heading(name) + "\n".join(_columns(filled, width))]
    if record.instruments:
        rows = [
            [str(number), *_instrument(instrument)]
            for number, instrument in enumerate(record.instruments, 1)
        ]
        parts.append(table(["", "instrument", "parties", "field"], rows, width))
    if record.awards:
        parts.append(
            "\n".join(_columns([["awards", "\n".join(map(_award, record.awards))]], width))
        )
    if record.remarks:
        remarks = "\n".join(f"line {remark.line}: {remark.message}" for remark in record.remarks)
        parts.append("\n".join(_columns([["remarks", remarks]], width)))
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _heading(name: str) -> str:
    shown = name if name.isprintable() else ascii(name)
    return f"{shown}\n{'═' * len(shown)}\n"


def _columns(lines: Sequence[Sequence[str]], width: int) -> list[str]:
    """Lines of a name and what it stands for, which may be several lines."""
    from bilat.results import table

    # the header, which only gives the first column its width, goes with its rule
    return table(["x" * 9, ""], lines, width).split("\n")[2:]


def _in(country: str | None) -> str:
    return f" ({country})" if country else ""


def _person(person: Person) -> str:
    office = f", {person.office}" if person.office else ""
    return f"{person.name}{office}{_in(person.country)}"


def _instrument(instrument: Instrument) -> list[str]:
    parties = "\n".join(map(_party, instrument.parties))
    signed = f"\nsigned by {', '.join(instrument.signatories)}" if instrument.signatories else ""
    # where nobody is named only the title tells one from another
    title = "" if parties else f"\n{instrument.title}"
    return [instrument.type + title, (parties or "not named") + signed, instrument.field or ""]


def _party(party: Party) -> str:
    return f"{party.name}{_in(party.country)}"


def _award(award: Award) -> str:
    recipient = f" to {award.recipient}" if award.recipient else ""
    by = f", conferred by {award.conferred_by_country}" if award.conferred_by_country else ""
    return f"{award.name}{recipient}{by}"


# --- as linked data -------------------------------------------------------------------------


@cache
def _known(data: str | None) -> tuple[Background, list[Known]]:
    """What the shipped data and the folder of own data state, read once in a process."""
    from pathlib import Path

    import pyoxigraph as ox

    from bilat.files import read_rdf
    from bilat.inputs import shipped
    from bilat.rdf import Background
    from bilat.reconcile import known_entities

    engine = ox.Store()
    for path, graph in shipped(data).files():
        name = ox.NamedNode(graph)
        for quad in read_rdf(Path(path)):
            own = isinstance(quad.graph_name, ox.DefaultGraph)
            graph_name = name if own else quad.graph_name
            engine.add(ox.Quad(quad.subject, quad.predicate, quad.object, graph_name))
    return Background(engine), known_entities(engine)


def _to_trig(record: Record, document: Document, data: str | None) -> str:
    import os
    from hashlib import sha256

    from bilat.judgements import FILE, Judgements
    from bilat.rdf import About, Names, compose, iri, source_id
    from bilat.reconcile import Reconciler

    background, known = _known(data)
    judgements = Judgements.load(os.path.join(data, FILE)) if data else Judgements()
    digest = sha256(document.text.encode()).hexdigest()
    identifier = source_id(record, digest)
    if background.is_taken(iri(f"source:{identifier}")):
        identifier += f"-{digest[:8]}"
    # a reconciler of its own: what is minted for one document says nothing of the next
    names = Names(record, Reconciler(known, judgements), background)
    about = About(identifier, document.text, document.title, os.path.basename(document.name))
    return compose(record, about, names, background).trig()
