"""Throw mutated communiqués at the reader: `make fuzz`, a minute of it.

Needs Atheris (`pip install atheris`). What it finds is written to the current folder; give the name
of such a file to run it alone.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bilat"]):
    from bilat.communique import read

ROOT = Path(__file__).parents[1]


def once(data: bytes) -> None:
    """Read one text and see that the record quotes it."""
    text = data.decode("utf-8", "replace")
    record = read(text, language=("en", "ru", None)[len(data) % 3])
    evidences = [
        *record.evidence.values(),
        *(person.evidence for person in record.people),
        *(award.evidence for award in record.awards),
        *(instrument.evidence for instrument in record.instruments),
        *(party.evidence for instrument in record.instruments for party in instrument.parties),
    ]
    for evidence in evidences:
        assert evidence.quote and text[evidence.start : evidence.end] == evidence.quote, evidence
    json.dumps(record.as_json())


def main() -> None:
    """Begin with the texts that ship and those of the tests."""
    corpus = Path(tempfile.mkdtemp())
    for folder in ("data/communiques", "tests/communiques/tuned"):
        for path in (ROOT / folder).glob("*.txt"):
            (corpus / path.stem).write_bytes(path.read_bytes())
    options = ["-max_len=4096", "-timeout=10"]
    given = sys.argv[1:]
    if not any(Path(word).exists() for word in given):
        given.append(str(corpus))
    atheris.Setup([sys.argv[0], *options, *given], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
