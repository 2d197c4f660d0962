"""Makes data/reference/countries.ttl: the countries of ISO 3166-1 with their names.

Codes come from ISO 3166-1 through pycountry, those of other lists from country-codes.tsv; names
from Unicode CLDR through babel; other names, for look-up only, from pycountry, from CLDR in French
and Spanish, and from the small table here.
"""

from __future__ import annotations

import argparse
import csv
import sys
from functools import cache
from pathlib import Path
from typing import Protocol

import pycountry
from babel import Locale

from bilat.namespaces import PREFIXES

#: Language tag of a label and the CLDR locale that it is read from, in the order of the file.
LOCALES = {"en": "en", "kk": "kk", "ru": "ru", "sr-Cyrl": "sr_Cyrl", "sr-Latn": "sr_Latn"}

#: Languages of names for look-up only.
MORE_LOCALES = ("es", "fr")

#: English names in use that neither source gives, or gives only in inverted form.
OTHER_NAMES = {
    "ARE": ("UAE", "Emirates"),
    "BIH": ("Bosnia",),
    "CHN": ("PRC",),
    "CIV": ("Ivory Coast",),
    "COD": ("Democratic Republic of the Congo", "DR Congo", "DRC"),
    "COG": ("Congo", "Republic of Congo"),
    "CZE": ("Czech Republic",),
    "DNK": ("Danish Realm",),
    "GBR": ("Britain", "Great Britain", "UK"),
    "GMB": ("The Gambia",),
    "KGZ": ("Kyrgyz Republic",),
    "KOR": ("Republic of Korea",),
    "LAO": ("Lao PDR",),
    "MKD": ("Macedonia",),
    "MMR": ("Burma",),
    "PRK": ("DPRK", "People's Republic of Korea"),
    "PSE": ("Palestine",),
    "SAU": ("KSA",),
    "SRB": ("Republic of Serbia",),
    "SWZ": ("Swaziland",),
    "TLS": ("East Timor",),
    "TUR": ("Turkey",),
    "USA": ("US", "USA"),
    "VAT": ("Holy See", "Vatican"),
}

CODES = Path(__file__).with_name("country-codes.tsv")

#: Properties of the columns of the table of codes; "=" in one of Gleditsch and Ward is that of COW.
LISTS = {"cow": "cowCode", "cow_letters": "cowLetters", "gw": "gwCode", "gw_letters": "gwLetters"}

HEADER = """\
# The countries of ISO 3166-1, made by scripts/make_countries.py: do not edit by hand.
# Codes: ISO 3166-1; Correlates of War; Gleditsch and Ward. Labels: Unicode CLDR. Other names serve
# look-up only.
"""


class CodeRow(Protocol):
    """What is read of a row of pycountry; optional names are absent, not empty."""

    alpha_2: str
    alpha_3: str
    numeric: str
    name: str


def labels(alpha2: str) -> dict[str, str]:
    """The CLDR name of a country by language tag."""
    return {tag: Locale.parse(name).territories[alpha2] for tag, name in LOCALES.items()}


def other_names(row: CodeRow, label: str) -> list[str]:
    """English names beside the label, sorted; inverted ones ("Congo, Republic of") are left out."""
    given = {row.name, getattr(row, "common_name", ""), getattr(row, "official_name", "")}
    plain = {name for name in given if name and ", " not in name}
    return sorted((plain | set(OTHER_NAMES.get(row.alpha_3, ()))) - {label})


@cache
def other_codes() -> dict[str, dict[str, str]]:
    """The rows of the table of codes by alpha-3 code."""
    with CODES.open(encoding="utf-8") as file:
        lines = (line for line in file if not line.startswith("#"))
        return {row["iso"]: row for row in csv.DictReader(lines, delimiter="\t")}


def codes(alpha3: str, column: str) -> list[str]:
    """What the country has in a column of the table of codes."""
    row = other_codes()[alpha3]
    value = row[column.replace("gw", "cow")] if row[column] == "=" else row[column]
    return [] if value == "-" else value.split()


def lookup_names(alpha2: str) -> list[tuple[str, str]]:
    """CLDR names in the languages that have no label, with the tag."""
    return [(Locale.parse(tag).territories[alpha2], tag) for tag in MORE_LOCALES]


def literals(pairs: list[tuple[str, str]]) -> str:
    """Language-tagged literals as the objects of one Turtle predicate."""
    return " , ".join(f'"{text}"@{tag}' for text, tag in pairs)


def country(row: CodeRow) -> str:
    """The Turtle of one country."""
    names = labels(row.alpha_2)
    lines = [
        f"country:{row.alpha_3} a bilat:Country",
        f'    bilat:iso3166alpha2 "{row.alpha_2}"',
        f'    bilat:iso3166alpha3 "{row.alpha_3}"',
        f'    bilat:iso3166numeric "{row.numeric}"',
        f"    rdfs:label {literals([(text, tag) for tag, text in names.items()])}",
    ]
    others = [(text, "en") for text in other_names(row, names["en"])]
    more = [pair for pair in lookup_names(row.alpha_2) if pair[0] not in names.values()]
    if others or more:
        lines.append(f"    skos:altLabel {literals(others + more)}")
    for column, term in LISTS.items():
        if found := codes(row.alpha_3, column):
            lines.append(f"    bilat:{term} " + " , ".join(f'"{code}"' for code in found))
    if items := codes(row.alpha_3, "wikidata"):
        lines.append("    schema:sameAs " + " , ".join(f"wd:{item}" for item in items))
    return " ;\n".join(lines) + " .\n"


def countries_turtle() -> str:
    """The whole file, countries sorted by alpha-3 code."""
    used = ("bilat", "country", "rdfs", "schema", "skos", "wd")
    prefixes = "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in used)
    rows = sorted(pycountry.countries, key=lambda row: str(row.alpha_3))
    return "\n".join([prefixes, HEADER, *map(country, rows)])


def main(arguments: list[str] | None = None) -> None:
    """Prints the file, or writes it to the path given."""
    parser = argparse.ArgumentParser(description="Make the reference data on countries.")
    parser.add_argument("-o", "--output", type=Path, help="the file to write, else standard output")
    path: Path | None = parser.parse_args(arguments).output
    if path is None:
        sys.stdout.write(countries_turtle())
    else:
        path.write_text(countries_turtle(), encoding="utf-8")


if __name__ == "__main__":
    main()
