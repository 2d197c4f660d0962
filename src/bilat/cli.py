"""The command ``bilat``: arguments in, one library call, text out."""

from __future__ import annotations

import argparse
import os
import sys
from _thread import allocate_lock, start_new_thread
from typing import TYPE_CHECKING, NoReturn, TypeVar

from bilat.errors import BilatError, InputError
from bilat.results import GRAPH_FORMATS, ROW_FORMATS
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bilat.build import Progress
    from bilat.knowledge_graph import KnowledgeGraph
    from bilat.questions import Question

    Argument = tuple[tuple[str, ...], dict[str, object]]

Answer = TypeVar("Answer")

FOUND, FAILED, INTERRUPTED = 1, 2, 130


class Command:
    """What a command does, its line in the help, an example of it and its arguments."""

    def __init__(
        self,
        run: Callable[[argparse.Namespace], int],
        help: str,
        example: str,
        *arguments: Argument,
    ) -> None:
        self.run, self.help, self.example, self.arguments = run, help, example, arguments

    def parser(self, name: str) -> argparse.ArgumentParser:
        """The parser of what follows the command's name."""
        parser = argparse.ArgumentParser(
            f"bilat {name}",
            description=self.help,
            epilog=f"example:\n  {self.example}",
            formatter_class=_formatter,
        )
        for names, options in self.arguments:
            parser.add_argument(*names, **options)  # type: ignore[arg-type]
        _add_places(parser, argparse.SUPPRESS)
        return parser


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit: 0 done, 1 findings, 2 could not, 130 interrupted."""
    _open_streams()
    try:
        code = run(_decoded(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except BilatError as error:
        code = _complain(str(error))
    except BrokenPipeError:
        code = 0  # the reader of our output has had enough
    except OSError as error:
        code = _complain(f"{error.filename or 'output'}: {error.strerror or error}")
    except KeyboardInterrupt:
        _complain("interrupted; no file or store was left half-written")
        code = INTERRUPTED
    # what is left to do at exit is only closing; a query of milliseconds should not wait for it
    sys.stderr.flush()
    os._exit(code)


def _open_streams() -> None:
    """Buffered UTF-8 output, whatever the locale; a closed stream swallows what it gets.

    Python's own would lose the rest of a short write where it is unbuffered.
    """
    errors = "backslashreplace"
    for number, name in ((1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        setattr(sys, name, os.fdopen(os.dup(number), "w", encoding="utf-8", errors=errors))


def _decoded(arguments: Sequence[str]) -> list[str]:
    for argument in arguments:
        if any("\udc80" <= character <= "\udcff" for character in argument):
            raise InputError(f"the argument {argument!a} is not UTF-8")
    return list(arguments)


def run(arguments: list[str]) -> int:
    """Parse the arguments, run the command and give its exit code."""
    # only the parser of the command that is run is made: most of a short command's time is start-up
    options = _parser().parse_args(arguments)
    command = COMMANDS[options.command]
    if command.run is not _ask:  # what follows depends on the question
        command.parser(options.command).parse_args(options.rest, options)
    return command.run(options)


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name:<11}{command.help}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        "bilat",
        description="Ask, draw, check and export a knowledge graph of bilateral relations.",
        epilog=f"commands (bilat COMMAND --help tells more):\n{listed}\n\n{_EPILOG}",
        formatter_class=_formatter,
    )
    parser.add_argument("--version", action="version", version=f"bilat {__version__}")
    _add_places(parser, None)
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _add_places(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument("--store", metavar="DIR", default=default, help="use the store in DIR")
    parser.add_argument("--data", metavar="DIR", default=default, help="folder of own RDF files")


def _formatter(prog: str) -> argparse.HelpFormatter:
    # a width given is a terminal not asked, at each of the arguments
    return argparse.RawDescriptionHelpFormatter(prog, width=96)


_EPILOG = """examples:
  bilat questions
  bilat ask who-cooperates-with --country KZ --partner Serbia
  bilat draw pair KZ RS -o kz-rs.svg
  bilat export --format turtle -o bilat.ttl

environment: BILAT_STORE and BILAT_DATA stand for --store and --data.
exit codes: 0 done, 1 validation found something, 2 could not be done, 130 interrupted."""

_ASK_USAGE = """usage: bilat ask NAME [--PARAMETER VALUE ...] [--format FORMAT]

Answer a question. `bilat questions` lists them; `bilat ask NAME --help` explains one.

example:
  bilat ask who-cooperates-with --country KZ --partner Serbia"""


def _complain(message: str) -> int:
    erase = "\r\033[K" if sys.stderr.isatty() else ""  # a progress bar may stand there
    sys.stderr.write(f"{erase}bilat: {message}\n")
    return FAILED


def _open(options: argparse.Namespace) -> KnowledgeGraph:
    from bilat.knowledge_graph import open

    store = options.store or os.environ.get("BILAT_STORE")
    data = options.data or os.environ.get("BILAT_DATA")
    return open(store, data=data, progress=_progress())


def _progress() -> Progress:
    """A bar on standard error where that is a terminal, else nothing."""
    if not sys.stderr.isatty():
        return lambda *_: None

    def show(what: str, done: int, total: int) -> None:
        bar = "█" * (20 * done // total)
        end = "\r\033[K" if what == "deriving" else ""
        sys.stderr.write(f"\r\033[Kbuilding {bar:<20} {done}/{total} {what}{end}")
        sys.stderr.flush()

    return show


def _build(options: argparse.Namespace) -> int:
    from pathlib import Path
    from time import perf_counter

    from bilat.build import build
    from bilat.inputs import shipped
    from bilat.knowledge_graph import default_directory
    from bilat.store import open_store

    started = perf_counter()
    data = options.data or os.environ.get("BILAT_DATA")
    inputs = shipped(data)
    store = options.store or os.environ.get("BILAT_STORE")
    directory = store or default_directory(inputs)
    build(inputs, Path(directory), _progress())
    seconds = perf_counter() - started
    size = open_store(directory).select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0].n
    print(f"built in {seconds:.1f} s: {len(inputs.files())} files, {size:,} triples → {directory}")
    return 0


def _tour(options: argparse.Namespace) -> int:
    from pathlib import Path

    from bilat.tour import tour

    places = [
        word
        for name in ("store", "data")
        if (value := getattr(options, name))
        for word in (f"--{name}", value)
    ]
    return tour(Path(options.out), lambda words: run([*places, *words]))


def _info(options: argparse.Namespace) -> int:
    from datetime import datetime

    from bilat.export import classes
    from bilat.namespaces import GRAPH
    from bilat.results import table
    from bilat.store import MANIFEST

    kg = _open(options)
    about = kg.manifest()
    lines = [["store", kg.directory]]
    if about:
        built = datetime.fromtimestamp(os.path.getmtime(os.path.join(kg.directory, MANIFEST)))
        lines += [
            ["built", f"{built:%Y-%m-%d %H:%M} by bilat {about['version']}"],
            ["from", ", ".join(path for path in (kg.inputs.root, about["data"]) if path)],
            ["inputs sha256", about["sha256"]],
        ]
    triples = kg.store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0].n
    lines.append(["triples", f"{triples:,}"])
    print("\n".join(f"{key:<14}{value}" for key, value in lines))
    counted = [[row[0].rpartition("#")[2], str(row.members)] for row in classes(kg.store)]
    print("\n" + table(["class", "members"], counted))
    graphs = [[name.removeprefix(GRAPH)] for name in kg.store.graph_names()]
    print("\n" + table(["graph"], graphs))
    return 0


def _validate(options: argparse.Namespace) -> int:
    report = _open(options).validate(*options.files, engine=options.engine)
    writers = {
        "table": lambda: report.to_table(_width()),
        "json": report.to_json,
        "turtle": report.to_turtle,
    }
    _write(writers[options.format]())
    return 0 if report.conforms else FOUND


def _questions(options: argparse.Namespace) -> int:
    import pyoxigraph as ox

    from bilat.results import Rows

    questions = _open(options).questions().values()
    cells = ((q.name, q.summary, " ".join(q.params)) for q in questions)
    rows = Rows(["name", "answers", "parameters"], [[ox.Literal(c) for c in row] for row in cells])
    _write(rows.to_text(options.format, width=_width()))
    return 0


def _ask(options: argparse.Namespace) -> int:
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument("name", nargs="?")
    _add_places(common, argparse.SUPPRESS)
    _, rest = common.parse_known_args(options.rest, options)
    if options.name is None:
        print(_ASK_USAGE)
        return 0 if rest else FAILED
    kg = _open(options)
    given = vars(_question_parser(kg.question(options.name)).parse_args(rest))
    format = given.pop("format")
    values = {key: value for key, value in given.items() if value is not None}
    rows = _interruptible(lambda: kg.ask(options.name, **values))
    _write(rows.to_text(format, width=_width()))
    return 0


def _interruptible(query: Callable[[], Answer]) -> Answer:
    """What the query gives; Ctrl-C ends the wait, which the engine itself would not notice."""
    done: list[Answer] = []
    failed: list[BaseException] = []
    lock = allocate_lock()
    lock.acquire()

    def work() -> None:
        try:
            done.append(query())
        except BaseException as error:
            failed.append(error)
        finally:
            lock.release()

    start_new_thread(work, ())
    lock.acquire()
    if failed:
        raise failed[0]
    return done[0]


def _question_parser(question: Question) -> argparse.ArgumentParser:
    from bilat.namespaces import compact

    parser = argparse.ArgumentParser(
        f"bilat ask {question.name}",
        description=f"{question.summary} {question.description}",
        formatter_class=_formatter,
    )
    for name, param in question.params.items():
        example = compact(param.default.strip("<>"))
        parser.add_argument(
            f"--{name}", metavar=param.type.upper(), help=f"{param.label} (default: {example})"
        )
    parser.add_argument("--format", choices=ROW_FORMATS, default="table")
    return parser


def _sparql(options: argparse.Namespace) -> int:
    from bilat.results import Rows

    kg = _open(options)
    text = _query_text(options.query)
    result = _interruptible(lambda: kg.sparql(text))
    if isinstance(result, bool):
        _write(_truth(result, options.format or "table"))
    elif isinstance(result, Rows):
        _write(result.to_text(options.format or "table", width=_width()))
    else:
        _write(result.to_text(options.format or "turtle"))
    return 0


def _truth(value: bool, format: str) -> str:
    word = str(value).lower()
    if format == "json":
        return f'{{"head": {{}}, "boolean": {word}}}'
    if format == "turtle":
        return (
            "@prefix rs: <http://www.w3.org/2001/sw/DataAccess/tests/result-set#> .\n"
            f"[] a rs:ResultSet ; rs:boolean {word} ."
        )
    if format not in ROW_FORMATS:
        raise InputError(f"a truth value cannot be written as {format!r}; choose json or turtle")
    return word


def _query_text(given: str) -> str:
    """The query in a file of that name, on standard input for ``-``, or else the text given."""
    is_query = any(character in given for character in " \t\n{")
    if given != "-" and is_query and not os.path.isfile(given):
        return given
    try:
        with open(0 if given == "-" else given, encoding="utf-8-sig", closefd=given != "-") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise InputError(f"{given}: is not UTF-8 ({error.reason} at {error.start})") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{given}: neither a query nor a file that holds one ({error})") from None


def _network(options: argparse.Namespace) -> int:
    from bilat.network import to_bytes

    graph = _open(options).network(options.view, options.focus)
    _save(to_bytes(graph, options.format), options.output)
    return 0


def _draw(options: argparse.Namespace) -> int:
    from bilat.diagram import save

    figure = _open(options).draw(options.kind, *options.names)
    slug = "-".join([options.kind, *options.names]).lower().replace(" ", "-").replace("/", "-")
    path = options.output or f"{slug}.svg"
    save(figure, path)
    print(path)
    return 0


def _export(options: argparse.Namespace) -> int:
    _save(_open(options).export(options.format, options.graph), options.output)
    return 0


def _describe(options: argparse.Namespace) -> int:
    _save(_open(options).describe(), options.output)
    return 0


def _width() -> int:
    if not sys.stdout.isatty():
        return 0
    import shutil

    return shutil.get_terminal_size().columns


def _write(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def _save(content: bytes, path: str) -> None:
    """Write to the file, whole or not at all, or to standard output for ``-``."""
    if path == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    from bilat.files import replace_file

    replace_file(path, content)


def arg(*names: str, **options: object) -> Argument:
    """An argument of a command, as ``add_argument`` takes it."""
    return names, options


OUTPUT = arg("-o", "--output", metavar="FILE", default="-", help="default: standard output")

COMMANDS = {
    "tour": Command(
        _tour,
        "build, validate, ask, draw and export once, to see it all",
        "bilat tour out",
        arg("out", nargs="?", default="out", help="folder for the files (default: out)"),
    ),
    "build": Command(
        _build, "build the store from ontology and data", "bilat build --data my-data"
    ),
    "info": Command(_info, "say what is in the graph and where it is from", "bilat info"),
    "validate": Command(
        _validate,
        "check the graph, or own files, with SHACL",
        "bilat validate my.ttl --format json",
        arg("files", nargs="*", metavar="FILE", help="RDF files; none: the whole graph"),
        arg("--engine", choices=("shifty", "pyshacl"), default="shifty", help="default: shifty"),
        arg("--format", choices=("table", "json", "turtle"), default="table"),
    ),
    "questions": Command(
        _questions,
        "list the questions",
        "bilat questions --format csv",
        arg("--format", choices=ROW_FORMATS, default="table"),
    ),
    "ask": Command(_ask, "answer a question", "bilat ask who-cooperates-with --country KZ"),
    "sparql": Command(
        _sparql,
        "run any SPARQL 1.1 query",
        "bilat sparql 'SELECT * { ?award a bilat:Award }'",
        arg("query", help="the query, a file that holds it, or - for standard input"),
        arg(
            "--format",
            choices=(*ROW_FORMATS, *GRAPH_FORMATS),
            help="default: table, or turtle for triples",
        ),
    ),
    "network": Command(
        _network,
        "write a network for Gephi, yEd or a spreadsheet",
        "bilat network countries --format gexf -o countries.gexf",
        arg("view", help="institutions, countries, fields or events"),
        arg("--focus", metavar="NAME", help="only this node and its neighbours"),
        arg("--format", default="graphml", help="graphml (default), gexf, json or csv"),
        OUTPUT,
    ),
    "draw": Command(
        _draw,
        "draw a diagram as SVG, PNG or PDF, by the file's ending",
        "bilat draw pair KZ RS -o kz-rs.svg",
        arg("kind", help="pair, network, fields or timeline"),
        arg("names", nargs="*", metavar="NAME", help="countries, or an institution"),
        arg("-o", "--output", metavar="FILE", help="default: KIND-NAMES.svg"),
    ),
    "export": Command(
        _export,
        "write the graph, or one source's, as RDF",
        "bilat export --format trig -o bilat.trig",
        arg("--format", choices=tuple(GRAPH_FORMATS), default="turtle", help="default: turtle"),
        arg("--graph", metavar="NAME", help="one graph, such as 2026-02-27-kz-rs"),
        OUTPUT,
    ),
    "describe": Command(
        _describe, "describe the data set in VoID and DCAT", "bilat describe -o void.ttl", OUTPUT
    ),
}
