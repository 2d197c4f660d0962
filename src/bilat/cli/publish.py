"""The commands that build, check, draw and hand on the graph."""

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
    headers,
    open_graph,
    save,
    saving,
    width,
    write,
)
from bilat.errors import InputError, UnreadableError

if TYPE_CHECKING:
    import argparse

    from bilat.findings import Report


def build(options: argparse.Namespace) -> int:
    """Build the store."""
    from pathlib import Path
    from time import perf_counter

    from bilat.build import build
    from bilat.inputs import shipped
    from bilat.knowledge_graph import default_directory
    from bilat.store import is_url, open_store

    started = perf_counter()
    inputs = shipped(data_folder(options))
    store = options.store or os.environ.get("BILAT_STORE")
    if is_url(store):
        raise InputError("a build is made in a directory; `bilat push URL` puts it into a server")
    directory = store or default_directory(inputs)
    with Bar("building") as progress:
        build(inputs, Path(directory), progress)
    seconds = perf_counter() - started
    size = open_store(directory).select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0].n
    print(f"built in {seconds:.1f} s: {len(inputs.files())} files, {size:,} triples → {directory}")
    return 0


def tour(options: argparse.Namespace) -> int:
    """Do everything once."""
    from pathlib import Path

    from bilat import cli
    from bilat.tour import tour

    places = [
        word
        for name in ("store", "data")
        if (value := getattr(options, name))
        for word in (f"--{name}", value)
    ]
    return tour(Path(options.out), lambda words: cli.run([*places, *words]))


def info(options: argparse.Namespace) -> int:
    """Say what is in the graph."""
    from datetime import datetime

    from bilat.export import classes
    from bilat.namespaces import GRAPH
    from bilat.results import table
    from bilat.store import MANIFEST

    kg = open_graph(options)
    about = kg.manifest()
    lines = [["store", kg.directory]]
    if "store" in about:
        built = datetime.fromtimestamp(os.path.getmtime(os.path.join(kg.directory, MANIFEST)))
        lines += [
            ["built", f"{built:%Y-%m-%d %H:%M} by bilat {about['version']}"],
            ["from", ", ".join(path for path in (kg.inputs.root, about["data"]) if path)],
        ]
    elif about:
        lines.append(["pushed", f"from a build by bilat {about['version']}"])
    if about:
        lines.append(["inputs sha256", about["sha256"]])
    triples = kg.store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0].n
    lines.append(["triples", f"{triples:,}"])
    print("\n".join(f"{key:<14}{value}" for key, value in lines))
    counted = [[row[0].rpartition("#")[2], str(row.members)] for row in classes(kg.store)]
    print("\n" + table(["class", "members"], counted))
    graphs = [[name.removeprefix(GRAPH)] for name in kg.store.graph_names()]
    print("\n" + table(["graph"], graphs))
    return 0


def validate(options: argparse.Namespace) -> int:
    """Check the graph, or files."""
    report = _findings(options).relative_to(os.getcwd())
    colour = options.output == "-" and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    writers = {
        "text": lambda: report.to_text(width(), colour),
        "table": lambda: report.to_table(width()),
        "json": report.to_json,
        "sarif": report.to_sarif,
        "github": report.to_github,
        "turtle": report.to_turtle,
    }
    save(writers[options.format]().encode(), options.output)
    unreadable = [finding for finding in report.findings if finding.severity == "error"]
    if options.format == "turtle":  # which has no words for them
        for finding in unreadable:
            complain(f"{finding.place}: {finding.message}")
    return FAILED if unreadable else 0 if report.conforms else FOUND


def _findings(options: argparse.Namespace) -> Report:
    """The findings, also of a folder that no graph can be built of."""
    from bilat.knowledge_graph import validate_unbuilt

    try:
        kg = open_graph(options)
        with Bar("validating") as progress:
            return kg.validate(
                *options.files, engine=options.engine, jobs=options.jobs, progress=progress
            )
    except UnreadableError:
        data = data_folder(options)
        if data is None:
            raise
        return validate_unbuilt(data, *options.files, engine=options.engine)


def network(options: argparse.Namespace) -> int:
    """Write a network."""
    from bilat.network import to_bytes

    graph = open_graph(options).network(options.view, options.focus)
    save(to_bytes(graph, options.format), options.output)
    return 0


def draw(options: argparse.Namespace) -> int:
    """Draw a diagram."""
    from bilat.diagram import save

    figure = open_graph(options).draw(options.kind, *options.names)
    slug = "-".join([options.kind, *options.names]).lower().replace(" ", "-").replace("/", "-")
    path = options.output or f"{slug}.svg"
    save(figure, path)
    print(path)
    return 0


def export(options: argparse.Namespace) -> int:
    """Write the graph as RDF."""
    kg = open_graph(options)
    on_screen = options.output == "-" and sys.stdout.isatty()
    with Bar("exporting", hidden=on_screen) as progress, saving(options.output) as file:
        kg.write(file, options.format, options.graph, progress)
    return 0


def table(options: argparse.Namespace) -> int:
    """Show a table of figures."""
    from bilat.results import table

    if len(options.countries) > 2:
        raise InputError("a pair has two countries; name one or two")
    if options.name is None:
        return _tables(options)
    frame = open_graph(options).table(options.name, *options.countries)
    if options.format == "csv":
        write(frame.write_csv())
    else:
        write(table(frame.columns, [[str(cell) for cell in row] for row in frame.rows()], width()))
    return 0


def _tables(options: argparse.Namespace) -> int:
    """List the tables of figures."""
    from bilat.inputs import shipped
    from bilat.tables.pairs import table_names

    folder = data_folder(options)
    names = table_names(shipped(folder).data)
    if names:
        print("\n".join(names))
        return 0
    where = folder or "the shipped data; --data DIR names a folder of own data"
    print(f"there is no table of figures in {where}")
    return 0


def push(options: argparse.Namespace) -> int:
    """Put the graph into a SPARQL server."""
    from time import perf_counter

    from bilat.endpoint import shown
    from bilat.knowledge_graph import open
    from bilat.push import TIMEOUT, GraphStore, Wish, push
    from bilat.remote import RemoteStore
    from bilat.store import EmbeddedStore, is_url

    if is_url(options.store):
        raise InputError("--store names the directory to push from, URL the server to push to")
    place = options.store or os.environ.get("BILAT_STORE")
    with Bar("building") as progress:
        kg = open(None if is_url(place) else place, data=data_folder(options), progress=progress)
    assert isinstance(kg.store, EmbeddedStore)
    started = perf_counter()
    remote = RemoteStore(options.url, headers(options), options.timeout or TIMEOUT)
    graphs = GraphStore(remote.endpoint, options.graph_store)
    wish = Wish(options.graph, options.replace, options.dry_run)
    with Bar("pushing") as progress:
        done = push(kg.store, remote, graphs, wish, progress)
    seconds = f" in {perf_counter() - started:.1f} s"
    for verb, names in (("send", done.sent), ("remove", done.removed)):
        if options.dry_run and names:
            print(f"would {verb}: {', '.join(names)}")
    print(
        f"{'nothing was sent' if options.dry_run else 'pushed' + seconds}: {len(done.sent)} graphs "
        f"with {done.triples:,} triples, {len(done.removed)} removed, {len(done.unchanged)} there "
        f"already → {shown(options.url)}"
    )
    return 0


def describe(options: argparse.Namespace) -> int:
    """Describe the data set."""
    save(open_graph(options).describe(), options.output)
    return 0
