"""Which commands there are: their help, examples and arguments, and the functions that run them."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bilat.results import GRAPH_FORMATS, ROW_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    Argument = tuple[tuple[str, ...], dict[str, object]]


class Command:
    """The function of a command (``module:name``), its line in the help, an example, arguments."""

    def __init__(self, function: str, help: str, example: str, *arguments: Argument) -> None:
        self.function, self.help, self.example, self.arguments = function, help, example, arguments

    def run(self, options: argparse.Namespace) -> int:
        """Do what the options say and give the exit code."""
        # the module of a command that is not run is not loaded: it would be most of a start
        module, _, name = self.function.partition(":")
        function: Callable[[argparse.Namespace], int]
        function = getattr(import_module(f"bilat.cli.{module}"), name)
        return function(options)

    def parser(self, name: str) -> argparse.ArgumentParser:
        """The parser of what follows the command's name."""
        parser = argparse.ArgumentParser(
            f"bilat {name}",
            description=self.help,
            epilog=f"example:\n  {self.example}",
            formatter_class=formatter,
        )
        for names, options in self.arguments:
            parser.add_argument(*names, **options)  # type: ignore[arg-type]
        add_places(parser, argparse.SUPPRESS)
        return parser


def positive(text: str) -> int:
    """A whole number from 1, as an argument."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def port(text: str) -> int:
    """The number of a port, or 0, as an argument."""
    number = int(text)
    if not 0 <= number < 1 << 16:
        raise ValueError
    return number


def seconds(text: str) -> float:
    """More than no time, as an argument."""
    number = float(text)
    if not 0 < number < 1e6:
        raise ValueError
    return number


def add_places(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Give the parser ``--store``, ``--data`` and what SPARQL endpoints need."""

    def add(name: str, metavar: str, help: str, **more: Any) -> None:
        parser.add_argument(name, metavar=metavar, default=default, help=help, **more)

    add("--store", "DIR|URL", "use the store in DIR, or the SPARQL endpoint at URL")
    add("--data", "DIR", "folder of own RDF files")
    add("--header", "'NAME: VALUE'", "send this to the endpoint, to say who asks", action="append")
    add("--timeout", "SECONDS", "what an endpoint may take (default: 60; push: 600)", type=float)


def formatter(prog: str) -> argparse.HelpFormatter:
    """The layout of all help texts."""
    # a width given is a terminal not asked, at each of the arguments
    return argparse.RawDescriptionHelpFormatter(prog, width=96)


def arg(*names: str, **options: object) -> Argument:
    """An argument of a command, as ``add_argument`` takes it."""
    return names, options


OUTPUT = arg("-o", "--output", metavar="FILE", default="-", help="default: standard output")

COMMANDS = {
    "tour": Command(
        "publish:tour",
        "build, validate, ask, draw and export once, to see it all",
        "bilat tour out",
        arg("out", nargs="?", default="out", help="folder for the files (default: out)"),
    ),
    "build": Command(
        "publish:build", "build the store from ontology and data", "bilat build --data my-data"
    ),
    "info": Command("publish:info", "say what is in the graph and where it is from", "bilat info"),
    "validate": Command(
        "publish:validate",
        "check the graph, or own files, with SHACL",
        "bilat validate my.ttl --format json\n"
        "  bilat --data my-data validate --format sarif -o bilat.sarif\n\n"
        "text shows each finding with its line of the file, table one to a row; github writes\n"
        "commands that annotate a change, turtle is the W3C report, without places.\n"
        "exit codes: 0 nothing was found, 1 something was, 2 a file could not be read (the others\n"
        "were checked), 130 interrupted",
        arg("files", nargs="*", metavar="FILE", help="RDF files; none: the whole graph"),
        arg("--engine", choices=("shifty", "pyshacl"), default="shifty", help="default: shifty"),
        arg(
            "--jobs",
            type=positive,
            metavar="N",
            help="parts of a large graph at a time (default: one for each processor)",
        ),
        arg(
            "--format",
            choices=("text", "table", "json", "sarif", "github", "turtle"),
            default="text",
            help="default: text",
        ),
        OUTPUT,
    ),
    "questions": Command(
        "asking:questions",
        "list the questions",
        "bilat questions --format csv",
        arg("--format", choices=ROW_FORMATS, default="table"),
    ),
    "ask": Command("asking:ask", "answer a question", "bilat ask who-cooperates-with --country KZ"),
    "sparql": Command(
        "asking:sparql",
        "run any SPARQL 1.1 query",
        "bilat sparql 'SELECT * { ?award a bilat:Award }'",
        arg("query", help="the query, a file that holds it, or - for standard input"),
        arg(
            "--format",
            choices=(*ROW_FORMATS, *GRAPH_FORMATS),
            help="default: table, or turtle for triples",
        ),
    ),
    "reconcile": Command(
        "curate:reconcile",
        "find what a name means, or record what it means",
        'bilat reconcile "Health Ministry" --country KZ',
        arg("name", help="the name of an institution, a person or a place"),
        arg("--country", metavar="NAME", help="its country, by code or name"),
        arg("--kind", choices=("institution", "person", "place"), default="institution"),
        arg("--format", choices=("table", "json"), default="table"),
        arg("--same", metavar="IRI", help="record that this is what the name means"),
        arg("--different", metavar="IRI", help="record that this is not what it means"),
        arg("--new", action="store_true", help="record that the name is of something new"),
        arg("--unsure", action="store_true", help="record that nobody can tell"),
        arg("--why", metavar="TEXT", help="the reason; needed to record"),
        arg("--who", metavar="NAME", help="who decides (default: the user's name)"),
    ),
    "network": Command(
        "publish:network",
        "write a network for Gephi, yEd or a spreadsheet",
        "bilat network countries --format gexf -o countries.gexf",
        arg("view", help="institutions, countries, fields or events"),
        arg("--focus", metavar="NAME", help="only this node and its neighbours"),
        arg("--format", default="graphml", help="graphml (default), gexf, json or csv"),
        OUTPUT,
    ),
    "draw": Command(
        "publish:draw",
        "draw a diagram as SVG, PNG or PDF, by the file's ending",
        "bilat draw pair KZ RS -o kz-rs.svg",
        arg("kind", help="pair, network, fields or timeline"),
        arg("names", nargs="*", metavar="NAME", help="countries, or an institution"),
        arg("-o", "--output", metavar="FILE", help="default: KIND-NAMES.svg"),
    ),
    "export": Command(
        "publish:export",
        "write the graph, or one source's, as RDF",
        "bilat export --format trig -o bilat.trig",
        arg("--format", choices=tuple(GRAPH_FORMATS), default="turtle", help="default: turtle"),
        arg("--graph", metavar="NAME", help="one graph, such as 2026-02-27-kz-rs"),
        OUTPUT,
    ),
    "read": Command(
        "curate:read",
        "read what documents state: what was signed, by whom, in what",
        "bilat read talks.txt\n  bilat read *.txt --jobs 2 -o talks.jsonl\n"
        "  curl -s https://example.org/news | bilat read - --format table\n\n"
        "A file is plain text, Markdown, HTML, or PDF (pip install 'bilat[pdf]'), up to 16 MiB.\n"
        "One in which nothing is found still gives a record, with a remark.\n"
        "exit codes: 0 all files were read, 1 some could not be, 2 none could be, 130 interrupted",
        arg("files", nargs="*", metavar="FILE", help="a document; - for standard input"),
        arg(
            "--format",
            choices=("table", "json", "trig"),
            help="default: table in a terminal, else json, one line for each document",
        ),
        arg("--language", metavar="CODE", help="en or ru; default: found out"),
        arg("--published", metavar="DATE", help="the day of publication, such as 2026-02-27"),
        arg(
            "--explain",
            nargs="?",
            const="",
            metavar="ITEM",
            help="show how the titles were taken apart, or only that of instrument number ITEM",
        ),
        arg("--jobs", type=int, default=1, metavar="N", help="processes for many files"),
        arg("-o", "--output", metavar="FILE", help="default: standard output"),
    ),
    "init": Command(
        "curate:init",
        "make a folder of own data, to ingest documents into",
        "bilat init my-data",
        arg("directory", metavar="DIR", help="the folder; it may be there already"),
    ),
    "ingest": Command(
        "curate:ingest",
        "read documents into the folder of own data",
        "bilat --data my-data ingest talks.txt --published 2026-02-27\n\n"
        "The folder is that of --data, of BILAT_DATA, or the current one; `bilat init` makes one.\n"
        "In a terminal it asks which thing a name means; else such names are left out and listed.\n"
        "exit codes: 0 everything is in, 1 something was left out or is to be decided,\n"
        "2 a file could not be ingested (the others were), 130 interrupted",
        arg(
            "files",
            nargs="+",
            metavar="FILE",
            help="text, Markdown, HTML or PDF; - for standard input",
        ),
        arg("--source-url", metavar="URL", help="the page on which the document was published"),
        arg("--published", metavar="DATE", help="the day of publication, such as 2026-02-27"),
        arg("--licence", metavar="TERMS", help="an address or a phrase"),
        arg("--keep-text", action="store_true", help="keep the text too, not the quotes alone"),
        arg("--replace", action="store_true", help="take a text of a source that is there anew"),
        arg("--yes", action="store_true", help="ask nothing: take the clear cases, list the rest"),
        arg("--dry-run", action="store_true", help="show what would come of it, write nothing"),
    ),
    "import": Command(
        "curate:import_",
        "take tables into the folder of own data: treaties, leaders, missions, votes",
        "bilat import treaty-register treaties.csv --country AR -o my-data --check\n"
        "  bilat import manytreaties agreements.csv parties.csv -o my-data\n\n"
        "PROFILE says which column is what; `bilat import` alone lists those there are; a file of\n"
        "your own, PROFILE.toml, may stand there. Tables are CSV, TSV (also .gz), Excel, Parquet.\n"
        "What cannot be taken in is in DIR/rejects, with file, row, column, value and reason.\n"
        "exit codes: 0 everything is in, 1 something was left out, 2 nothing was imported,\n"
        "130 interrupted",
        arg("profile", nargs="?", metavar="PROFILE", help="a profile, or a file that is one"),
        arg("files", nargs="*", metavar="FILE", help="the tables of the profile, in any order"),
        arg("-o", "--output", metavar="DIR", help="the folder (default: that of --data)"),
        arg("--check", action="store_true", help="explain what the first rows would come to"),
        arg("--country", metavar="NAME", help="whose register it is, by code or name"),
        arg("--id", metavar="NAME", help="the identifier of the source (default: from the files)"),
        arg("--licence", metavar="TERMS", help="an address or a phrase (default: the profile's)"),
        arg("--encoding", metavar="NAME", help="of a file that is not UTF-8, such as cp1252"),
        arg("--strict", action="store_true", help="stop at the first thing that cannot be taken"),
        arg("--replace", action="store_true", help="take other files of a source that is there"),
        arg("--dry-run", action="store_true", help="read everything, write nothing"),
    ),
    "table": Command(
        "publish:table",
        "show a table of figures for pairs of countries by year",
        "bilat --data my-data table un-votes KZ NO",
        arg(
            "name",
            nargs="?",
            help="the table: its source, or what that begins with; none: list the tables",
        ),
        arg("countries", nargs="*", metavar="COUNTRY", help="only pairs of these, by code or name"),
        arg("--format", choices=("table", "csv"), default="table"),
    ),
    "push": Command(
        "publish:push",
        "put the graph into a SPARQL server",
        "bilat push http://localhost:3030/bilat/sparql\n\n"
        "URL is where the server answers queries. Only what is not there already is sent, so a\n"
        "push that was interrupted goes on; graphs that the build no longer has are removed.",
        arg("url", metavar="URL", help="the SPARQL endpoint"),
        arg("--graph-store", metavar="URL", help="where the server takes graphs; default: guessed"),
        arg("--graph", metavar="NAME", help="only this graph, such as 2026-02-27-kz-rs"),
        arg("--replace", action="store_true", help="overwrite graphs that others put there"),
        arg("--dry-run", action="store_true", help="show what would be sent, send nothing"),
    ),
    "describe": Command(
        "publish:describe",
        "describe the data set in VoID and DCAT",
        "bilat describe -o void.ttl",
        OUTPUT,
    ),
    "serve": Command(
        "serving:serve",
        "serve the graph over HTTP: SPARQL, linked data, reconciliation",
        "bilat serve\n  bilat --data my-data serve --port 8080\n"
        "  bilat --store https://example.org/sparql serve\n"
        "  bilat serve --host 0.0.0.0 --base-url https://data.example.org\n\n"
        "It needs pip install 'bilat[server]', and is read-only: facts come in by `bilat ingest`\n"
        "and `bilat import`. After a `bilat build` it goes over to the new store by itself.\n"
        "exit codes: 0 a signal ended it, 2 it could not be started, 130 Ctrl-C",
        arg("--host", default="127.0.0.1", help="where to listen (default: 127.0.0.1)"),
        arg("--port", type=port, default=8000, help="default: 8000; 0 takes any that is free"),
        arg("--base-url", metavar="URL", help="what the world sees this server as"),
        arg("--workers", type=positive, metavar="N", help="processes that answer"),
        arg(
            "--query-timeout",
            type=seconds,
            default=15.0,
            metavar="SECONDS",
            help="what an answer may take (default: 15)",
        ),
        arg(
            "--max-rows",
            type=positive,
            default=100_000,
            metavar="N",
            help="rows or triples that an answer may have (default: 100000)",
        ),
        arg(
            "--memory",
            type=positive,
            metavar="MIB",
            help="what each process may use, four times that where it needs the whole graph "
            "(default: a share of three quarters of the memory there is, from 256 to 2048)",
        ),
    ),
}
