"""The command ``bilat``: arguments in, one library call, text out."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from bilat.cli.commands import COMMANDS, add_places, formatter
from bilat.cli.terminal import INTERRUPTED, complain, decoded, open_streams
from bilat.errors import BilatError
from bilat.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "main", "run"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit: 0 done, 1 findings, 2 could not, 130 interrupted."""
    open_streams()
    try:
        code = run(decoded(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except BilatError as error:
        code = complain(str(error))
    except BrokenPipeError:
        code = 0  # the reader of our output has had enough
    except OSError as error:
        code = complain(f"{error.filename or 'output'}: {error.strerror or error}")
    except KeyboardInterrupt:
        complain("interrupted; no file or store was left half-written")
        code = INTERRUPTED
    # what is left to do at exit is only closing; a query of milliseconds should not wait for it
    sys.stderr.flush()
    os._exit(code)


def run(arguments: list[str]) -> int:
    """Parse the arguments, run the command and give its exit code."""
    # only the parser of the command that is run is made: most of a short command's time is start-up
    options = _parser().parse_args(arguments)
    command = COMMANDS[options.command]
    if options.command != "ask":  # what follows there depends on the question
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
        formatter_class=formatter,
    )
    parser.add_argument("--version", action="version", version=f"bilat {__version__}")
    add_places(parser, None)
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


_EPILOG = """examples:
  bilat read talks.txt
  bilat questions
  bilat ask who-cooperates-with --country KZ --partner Serbia
  bilat draw pair KZ RS -o kz-rs.svg
  bilat export --format turtle -o bilat.ttl

environment: BILAT_STORE, BILAT_DATA and BILAT_HEADER stand for --store, --data and --header.
exit codes: 0 done, 1 something was found or left out, 2 could not be done, 130 interrupted."""
