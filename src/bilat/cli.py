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
    from bilat.ingest import Choice
    from bilat.knowledge_graph import KnowledgeGraph
    from bilat.questions import Question
    from bilat.rdf import Mention
    from bilat.reconcile import Decision
    from bilat.record import Record

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
        # files may stand before and after options
        command.parser(options.command).parse_intermixed_args(options.rest, options)
    return command.run(options)


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name:<11}{command.help}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        "bilat",
        description="Read communiqués; ask, draw, check and export a knowledge graph of "
        "bilateral relations.",
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
  bilat read talks.txt
  bilat questions
  bilat ask who-cooperates-with --country KZ --partner Serbia
  bilat draw pair KZ RS -o kz-rs.svg
  bilat export --format turtle -o bilat.ttl

environment: BILAT_STORE and BILAT_DATA stand for --store and --data.
exit codes: 0 done, 1 something was found or left out, 2 could not be done, 130 interrupted."""

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
    return open(store, data=_data(options), progress=_progress())


def _data(options: argparse.Namespace) -> str | None:
    """The folder of own data: the one named, else the current directory where it is one."""
    from bilat.inputs import is_data_directory

    named = options.data or os.environ.get("BILAT_DATA")
    if named or options.store or os.environ.get("BILAT_STORE"):
        return named
    return "." if is_data_directory(".") else None


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
    inputs = shipped(_data(options))
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


def _read(options: argparse.Namespace) -> int:
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
    data = _data(options) if format == "trig" else None
    way = Way(format, options.language, options.published, item, _width(), data)
    erase, advance = _counter(len(files))
    texts: list[str] = []
    failed = 0
    with closing(outcomes(files, way, options.jobs)) as results:
        for number, outcome in enumerate(results, 1):
            erase()
            if outcome.error is not None:
                failed += 1
                _complain(outcome.error)
            elif options.output:
                texts.append(outcome.text)
            else:
                gap = "\n" if number - failed > 1 and format != "json" else ""
                sys.stdout.write(gap + outcome.text)
                sys.stdout.flush()
            advance(number)
    erase()
    if texts:
        _save(("" if format == "json" else "\n").join(texts).encode(), options.output)
    return FAILED if failed == len(files) else FOUND if failed else 0


def _refuse_to_replace(files: Sequence[str], output: str) -> None:
    for name in files:
        if os.path.exists(output) and os.path.exists(name) and os.path.samefile(name, output):
            raise InputError(f"{output}: is one of the files to read; write to another")


def _counter(total: int) -> tuple[Callable[[], None], Callable[[int], None]]:
    """What takes a bar of the documents read away, and what shows it: on a terminal, for many."""
    if total < 10 or not sys.stderr.isatty():
        return lambda: None, lambda _: None

    def show(done: int) -> None:
        bar = "█" * (20 * done // total)
        sys.stderr.write(f"\r\033[Kreading {bar:<20} {done}/{total}")
        sys.stderr.flush()

    def erase() -> None:
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()

    show(0)
    return erase, show


def _init(options: argparse.Namespace) -> int:
    from bilat.ingest import init

    made = init(options.directory)
    for path in made:
        print(path)
    if not made:
        print(f"{options.directory}: is a folder of own data already; nothing to do")
    return 0


def _ingest(options: argparse.Namespace) -> int:
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
    taking = ingest.Ingest(shipped(_data(options)), chosen, read, _choose if asked else None)
    taking.who = user(os.environ.get("USER"))
    codes = [0]
    for name in options.files:
        try:
            with at_fault(name):
                done = taking.take(documents.load(name))
        except BilatError as error:
            codes.append(_complain(ingest.shown(str(error))))
            continue
        _write(ingest.report(done, options.dry_run))
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


def _reconcile(options: argparse.Namespace) -> int:
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
    _write(decision.to_json() if options.format == "json" else decision.to_table(_width()))
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
    "reconcile": Command(
        _reconcile,
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
    "read": Command(
        _read,
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
        _init,
        "make a folder of own data, to ingest documents into",
        "bilat init my-data",
        arg("directory", metavar="DIR", help="the folder; it may be there already"),
    ),
    "ingest": Command(
        _ingest,
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
    "describe": Command(
        _describe, "describe the data set in VoID and DCAT", "bilat describe -o void.ttl", OUTPUT
    ),
}
