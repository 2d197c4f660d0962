"""The commands that bring facts in: read, init, ingest, import, reconcile."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from bilat.cli.terminal import (
    FAILED,
    FOUND,
    Bar,
    complain,
    data_folder,
    save,
    width,
    write,
)
from bilat.errors import BilatError, InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from bilat.ingest import Choice
    from bilat.rdf import Mention
    from bilat.reconcile import Decision
    from bilat.record import Record


def read(options: argparse.Namespace) -> int:
    """Read what documents state."""
    from contextlib import closing

    from bilat.reading import Way, outcomes

    format = options.format or ("json" if options.output or not sys.stdout.isatty() else "table")
    files, item = list(options.files), None
    if options.explain is not None:
        format = "explanation"
        if options.explain.isdecimal():
            item = int(options.explain)
        elif options.explain:  # not the number that may follow, but a file
            files.insert(0, options.explain)
    if not files:
        raise InputError("no file to read; name files, such as *.txt, or - for standard input")
    if options.output:
        _refuse_to_replace(files, options.output)
    data = data_folder(options) if format == "trig" else None
    way = Way(format, options.language, options.published, item, width(), data)
    texts: list[str] = []
    failed = 0
    with Bar("reading") as bar, closing(outcomes(files, way, options.jobs)) as results:
        if len(files) >= 10:
            bar("", 0, len(files))
        for number, outcome in enumerate(results, 1):
            bar.erase()
            if outcome.error is not None:
                failed += 1
                complain(outcome.error)
            elif options.output:
                texts.append(outcome.text)
            else:
                gap = "\n" if number - failed > 1 and format != "json" else ""
                sys.stdout.write(gap + outcome.text)
                sys.stdout.flush()
            if len(files) >= 10:
                bar("", number, len(files))
    if texts:
        save(("" if format == "json" else "\n").join(texts).encode(), options.output)
    return FAILED if failed == len(files) else FOUND if failed else 0


def _refuse_to_replace(files: Sequence[str], output: str) -> None:
    for name in files:
        if os.path.exists(output) and os.path.exists(name) and os.path.samefile(name, output):
            raise InputError(f"{output}: is one of the files to read; write to another")


def init(options: argparse.Namespace) -> int:
    """Make a folder of own data."""
    from bilat.ingest import init

    made = init(options.directory)
    for path in made:
        print(path)
    if not made:
        print(f"{options.directory}: is a folder of own data already; nothing to do")
    return 0


def ingest(options: argparse.Namespace) -> int:
    """Read documents into the folder of own data."""
    from dataclasses import replace

    from bilat import documents, ingest
    from bilat.inputs import shipped
    from bilat.judgements import user
    from bilat.reading import Way, at_fault, read_document

    def read(document: documents.Document, chosen: ingest.Options) -> Record:
        document = replace(document, url=chosen.url or document.url)
        return read_document(document, Way(published=chosen.published))

    if options.source_url and len(options.files) > 1:
        raise InputError("--source-url is of one document; ingest the files one by one")
    chosen = ingest.Options(
        url=options.source_url,
        published=options.published,
        licence=options.licence,
        keep_text=options.keep_text,
        replace=options.replace,
        dry_run=options.dry_run,
    )
    asked = not options.yes and sys.stdin.isatty() and sys.stdout.isatty()
    taking = ingest.Ingest(shipped(data_folder(options)), chosen, read, _choose if asked else None)
    taking.who = user(os.environ.get("USER"))
    codes = [0]
    for name in options.files:
        try:
            with at_fault(name):
                done = taking.take(documents.load(name))
        except BilatError as error:
            codes.append(complain(ingest.shown(str(error))))
            continue
        write(ingest.report(done, options.dry_run))
        sys.stdout.flush()
        codes.append(0 if done.is_complete else FOUND)
    return max(codes)


def _choose(mention: Mention, decision: Decision) -> Choice | None:
    """Ask in the terminal which thing a name means, until there is an answer or the input ends."""
    from bilat.ingest import answer, question

    sys.stdout.write(question(mention, decision))
    while True:
        sys.stdout.write("> ")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            return None
        if found := answer(line, decision):
            return found
        print("a number of the list, n or u")


def import_(options: argparse.Namespace) -> int:
    """Take tables into the folder of own data."""
    from bilat import tables

    if options.profile is None:
        write(tables.listed())
        return 0
    if not options.files:
        raise InputError("no file to import; name the tables of the profile")
    chosen = tables.Options(
        identifier=options.id,
        country=options.country,
        licence=options.licence,
        encoding=options.encoding,
        strict=options.strict,
        replace=options.replace,
        dry_run=options.dry_run,
    )
    folder = options.output or data_folder(options) or "."
    if options.check:
        write(tables.check(options.profile, options.files, chosen, folder))
        return 0
    with Bar("importing") as progress:
        done = tables.import_tables(options.profile, options.files, folder, chosen, progress)
    write(tables.report(done, options.dry_run))
    return 0 if done.is_complete else FOUND


def reconcile(options: argparse.Namespace) -> int:
    """Say what a name means, or record it."""
    from bilat.judgements import user
    from bilat.names import countries
    from bilat.reconcile import open_reconciler

    data = options.data or os.environ.get("BILAT_DATA")
    country = countries().code(options.country) if options.country else None
    given = {d: getattr(options, d) for d in ("same", "different", "new", "unsure")}
    decided = [decision for decision, value in given.items() if value]
    if len(decided) > 1:
        raise InputError(f"--{decided[0]} and --{decided[1]} exclude each other")
    if decided and not options.why:
        raise InputError(f"--{decided[0]} needs a reason: --why TEXT")
    if decided and data is None:
        raise InputError("a judgement is kept in a folder of own data: name it with --data DIR")
    reconciler = open_reconciler(data)
    if decided:
        iri = _iri(given[decided[0]], options.kind)
        if iri is not None:
            reconciler.check(iri, options.kind, country)
        reconciler.judgements.add(
            kind=options.kind,
            name=options.name,
            country=country,
            decision=decided[0],
            iri=iri,
            why=options.why or "",
            who=options.who or user(os.environ.get("USER")),
        )
    decision = reconciler.decide(options.kind, options.name, country)
    write(decision.to_json() if options.format == "json" else decision.to_table(width()))
    return 0


def _iri(given: str | bool, kind: str) -> str | None:
    """The IRI in full for one, a prefixed name, or the last part of one."""
    if isinstance(given, bool):
        return None
    from bilat.namespaces import PREFIXES

    prefix, colon, local = given.partition(":")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        return PREFIXES[prefix] + local
    return given if colon else PREFIXES[kind] + given
