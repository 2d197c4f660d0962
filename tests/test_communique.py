"""Reading a communiqué: it never fails, quotes what it states, and looks past the typography."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bilat.communique import explain, languages, read
from bilat.rdf import About, Names, SourceGraph, compose, source_id
from bilat.reconcile import Known, Reconciler, known_entities
from bilat.record import EVENT_TYPES, INSTRUMENT_TYPES, PARTY_KINDS, Evidence, Party, Record
from cases import FOLDER, LARGE, ROOT, SHARED, cases, digests
from conftest import examples
from test_rdf import background, findings

TUNED = FOLDER / "tuned"
TEXTS = digests() | {case.name: case.text for case in cases(TUNED)}


def evidences(record: Record) -> Iterator[Evidence]:
    """Every evidence of a record."""
    yield from record.evidence.values()
    yield from (person.evidence for person in record.people)
    yield from (award.evidence for award in record.awards)
    for instrument in record.instruments:
        yield instrument.evidence
        yield from (party.evidence for party in instrument.parties)
        if instrument.field_evidence:
            yield instrument.field_evidence


def is_day(text: str | None) -> bool:
    return text is None or date.fromisoformat(text).isoformat() == text


def check(text: str, record: Record) -> None:
    """What holds of every record, whatever the text."""
    for evidence in evidences(record):
        assert 0 <= evidence.start < evidence.end <= len(text)
        assert text[evidence.start : evidence.end] == evidence.quote
        assert 0 <= evidence.confidence <= 1
    assert record.language in (*languages(), None)
    assert is_day(record.date) and is_day(record.published)
    assert record.event_type in EVENT_TYPES
    assert len(set(record.countries)) == len(record.countries)
    countries = [*record.countries, *(person.country for person in record.people)]
    for instrument in record.instruments:
        assert instrument.type in INSTRUMENT_TYPES
        assert instrument.title and instrument.title == " ".join(instrument.title.split())
        assert instrument.field != ""
        for party in instrument.parties:
            assert party.name and party.kind in PARTY_KINDS
            countries.append(party.country)
    assert all(re.fullmatch("[A-Z]{2}", code) for code in countries if code is not None)
    assert all(remark.message and remark.line >= 1 for remark in record.remarks)
    assert json.loads(json.dumps(record.as_json())) == record.as_json()


# ---- whatever the text

ODD = [
    "\x00", "\ufeff", "\u00ad", "\u200b", "\u202e", "\u2028", "\x85", "\r", "\r\n", "\n\n\n", "\t",
    "|", "\u00a0", "\u0301", "\u1161", "\ud800", "\U0001f1f0\U0001f1ff", "ﬁ", "ß", "İ", "١٢", "²",
    "½", "Ⅳ", "１２", "𝟏", "中文", "العربية", "«", "„", "'", '"', "(", ")", ";", ":", ".", ",", "-",
    "—", "•", "1.", "2)", "№ 3", "a)", "...", "#", "/", "&", "_", "'s", "’s", "**", "!", "?",
]  # fmt: skip
WORDS = [
    "Kazakhstan", "Serbia", "Kazakh", "Serbian", "Казахстан", "Сербии", "сербский", "Astana",
    "the Republic of", "Congo", "between", "and", "the", "of", "for the purpose", "on", "with",
    "both", "Memorandum of understanding", "MoU", "MoUs", "Agreement", "agreements", "Protocol",
    "Roadmap", "Joint Declaration", "exchange of notes", "Меморандум о взаимопонимании",
    "Соглашение", "между", "и", "в сфере", "о", "Ministry of Culture", "Ministries", "Government",
    "Министерством культуры", "Правительствами", "company", "LLC", "University of", "regions",
    "cooperation", "in the field of", "healthcare", "сотрудничестве", "signed", "will be signed",
    "were exchanged", "подписали", "not signed", "earlier", "yesterday", "today", "Monday",
    "President", "Presidents", "Prime Minister", "his counterpart", "Президент", "H.E.", "Mr.",
    "Aleksandar Vučić", "Kassym-Jomart Tokayev", "Abdel Fattah el-Sisi", "Токаев", "van der",
    "II", "12 May 2024", "May 12, 2024", "31 February 2024", "2024-02-30", "12.05.2024", "12 мая",
    "0 May", "2024", "2024-2026", "Published:", "date 2026-02-27", "ASTANA, 12 May 2024 –",
    "state visit", "talks", "awarded the Altyn Qyran Order", "Order of Friendship", "награждён",
    "Photo credit: Akorda", "Share", "Related posts", "Read more", "signed by", "on behalf of",
    "The signatories are", "The following documents were signed:", "Были подписаны документы:",
    "1. Memorandum on A;", "- Protocol on B;", "| Agreement | Kazakhstan | Serbia |",
]  # fmt: skip


@st.composite
def spliced(draw: st.DrawFn) -> str:
    """Words of the genre and lines of real communiqués, in no order, cut anywhere."""
    lines = [line for text in TEXTS.values() for line in text.splitlines(keepends=True)]
    piece = st.one_of(st.sampled_from(WORDS), st.sampled_from(ODD), st.sampled_from(lines))
    pieces = draw(st.lists(piece, max_size=40))
    text = draw(st.sampled_from([" ", "", "\n"])).join(pieces)
    first = draw(st.integers(0, len(text)))
    return text[first:] if draw(st.booleans()) else text[:first] or text


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """A communiqué with stretches of it left out, doubled, moved or overwritten."""
    text = TEXTS[draw(st.sampled_from(sorted(TEXTS)))]
    for _ in range(draw(st.integers(1, 6))):
        a, b, c = sorted(draw(st.integers(0, len(text))) for _ in range(3))
        other = draw(st.sampled_from(["", text[b:c], *WORDS, *ODD]))
        text = draw(st.sampled_from([text[:a] + other + text[b:], text[:a] + text[b:c] + text[a:]]))
    return text


anything = st.one_of(st.text(max_size=300), spliced(), mangled())


@settings(max_examples=examples(500), suppress_health_check=[HealthCheck.too_slow])
@given(anything, st.sampled_from([None, *languages()]), st.sampled_from([None, "2024-02-29"]))
def test_every_text_gives_a_record_that_quotes_it(
    text: str, language: str | None, published: str | None
) -> None:
    record = read(text, language=language, published=published, source_url="https://example.org/")
    check(text, record)
    assert record.source_url == "https://example.org/"


@settings(max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow])
@given(anything)
def test_every_reading_can_be_explained(text: str) -> None:
    record = read(text)
    explained = explain(text)
    numbers = re.findall(r"^(\d+)\. line", explained, re.M)
    assert numbers == [str(n) for n in range(1, len(record.instruments) + 1)]
    if record.instruments:
        last = len(record.instruments)
        assert explained.endswith(explain(text, last))


@pytest.mark.parametrize("name", TEXTS)
def test_every_communique_gives_a_record_that_quotes_it(name: str) -> None:
    text = TEXTS[name]
    record = read(text)
    check(text, record)
    assert record == read(text), "the same text gives the same record"
    for instrument in record.instruments:
        assert " ".join(instrument.evidence.quote.split()) == instrument.title


# ---- the same facts in other clothes

Facts = dict[str, Any]


def folded(text: str | None) -> str | None:
    """A text in NFC with plain quotation marks, dashes and blanks."""
    if text is None:
        return None
    for many, one in (("“”„«»", '"'), ("‘’", "'"), ("–—‐‑−", "-")):
        text = re.sub(f"[{many}]", one, text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def facts(record: Record) -> Facts:
    """What a record states, without where it is said."""
    return {
        "published": record.published,
        "date": record.date,
        "place": folded(record.place),
        "countries": set(record.countries),
        "event": record.event_type,
        "people": {(folded(p.name), folded(p.office), p.country) for p in record.people},
        "awards": {(folded(a.name), folded(a.recipient)) for a in record.awards},
        "instruments": [
            (
                folded(i.title),
                i.type,
                sorted((folded(p.name), p.country or "", p.kind) for p in i.parties),
                folded(i.field),
            )
            for i in record.instruments
        ],
    }


@cache
def facts_of(name: str) -> Facts:
    return facts(read(TEXTS[name]))


NOISE = [
    "Photo credit: Akorda",
    "Photo: Press service of the President",
    "Share: Facebook | Twitter | Telegram",
    "Read more: Trade with Mongolia grows",
]


def with_noise(text: str) -> str:
    """Lines that say nothing of the event, each a paragraph, wherever paragraphs end."""
    paragraphs = text.split("\n\n")
    last = len(paragraphs) - 1
    return "\n\n".join(
        part if n == 0 or n == last else f"{part}\n\n{NOISE[n % len(NOISE)]}"
        for n, part in enumerate(paragraphs)
    )


def curled(text: str) -> str:
    """Straight quotation marks as curly ones, in pairs."""
    text = re.sub(r'"([^"\n]*)"', r"“\1”", text)
    return text.replace("'", "’")


CLOTHES: dict[str, Callable[[str], str]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "thin spaces": lambda text: text.replace(" ", "\u2009"),
    "trailing blanks": lambda text: text.replace("\n", "  \t\n") + "  ",
    "blanks around": lambda text: f"\n \n{text}\n\n",
    "byte order mark": lambda text: "\ufeff" + text,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "soft hyphens": lambda text: re.sub(r"(?<=[^\W\d_]{4})(?=[^\W\d_]{4})", "\u00ad", text),
    "curly quotes": curled,
    "straight quotes": lambda text: re.sub("[“”„«»]", '"', re.sub("[‘’]", "'", text)),
    "guillemets": lambda text: re.sub(r'["“„]([^"“”\n]*)["”]', r"«\1»", text),
    "en dashes": lambda text: re.sub("[-—‑]", "–", text),
    "em dashes": lambda text: re.sub("[-–‑]", "—", text),
    "hyphens": lambda text: re.sub("[–—‑]", "-", text),
    "noise": with_noise,
}


#: What stands at the top of a page tells its headline and dateline, so that noise there may do
#: harm; everything else here must change nothing.
FORGIVEN = {"noise": 0.08}


def different(change: Callable[[str], str]) -> dict[str, tuple[Facts, Facts]]:
    """The communiqués that state something else after a change, with what they state now."""
    found = {}
    for name, text in TEXTS.items():
        changed = change(text)
        record = read(changed)
        check(changed, record)
        if facts(record) != facts_of(name):
            found[name] = facts_of(name), facts(record)
    return found


@pytest.mark.parametrize("clothes", CLOTHES)
def test_typography_does_not_change_what_is_stated(clothes: str) -> None:
    found = different(CLOTHES[clothes])
    assert len(found) <= FORGIVEN.get(clothes, 0) * len(TEXTS), found


def bulleted(text: str) -> str:
    """Numbered lists with bullets; where prose stands between the items, as it is."""
    changed = re.sub(r"(?m)^( *)\d{1,2}[.)] +", r"\1• ", text)
    paragraphs = [part for part in re.split(r"\s*\n\s*", changed) if part]
    items = [n for n, part in enumerate(paragraphs) if part.startswith("•")]
    in_one_go = items and items[-1] - items[0] == len(items) - 1
    return changed if in_one_go else text


def numbered(text: str) -> str:
    """Bulleted lists with numbers."""
    lines = []
    number = 0
    for line in text.split("\n"):
        bullet = re.match(r" *[-•–—●▪·] *(?=[\w\"“«])", line)
        number = number + 1 if bullet else number if not line.strip() else 0
        lines.append(f"{number}. {line[bullet.end() :]}" if bullet else line)
    return "\n".join(lines)


@pytest.mark.parametrize("change", [bulleted, numbered])
def test_lists_state_the_same_with_other_marks(change: Callable[[str], str]) -> None:
    assert sum(change(text) != text for text in TEXTS.values()) >= 10
    assert different(change) == {}


@cache
def of_a_country() -> re.Pattern[str]:
    """ "between the X of A and the Y of B", as far as the names are plain."""
    table = tomllib.loads((ROOT / "data" / "lexicon" / "countries.en.toml").read_text("utf-8"))
    names = "|".join(re.escape(country["names"][0]) for country in table.values())
    side = rf"(?:the )?[A-Z][^,;()\n]{{3,60}} of (?:the Republic of )?(?:{names})"
    return re.compile(rf"(?<=between )({side}) and ({side})(?= on | in the|[.;]?\\n)")


def test_who_is_named_first_does_not_matter() -> None:
    turned = 0
    for name, text in TEXTS.items():
        for match in of_a_country().finditer(text):
            first, second = match.groups()
            if "Ministries" in first or " and the " in first + second:
                continue
            swapped = f"{text[: match.start()]}{second} and {first}{text[match.end() :]}"
            before, after = facts_of(name), facts(read(swapped))
            untitled = [[i[1:] for i in some["instruments"]] for some in (before, after)]
            assert untitled[0] == untitled[1], match.group()
            assert {**before, "instruments": 0} == {**after, "instruments": 0}
            turned += 1
    assert turned >= 10


# ---- where nothing is stated


@pytest.mark.parametrize("text", ["", " \n\t\u00a0", "\ufeff", "\r\n\r\n"])
def test_an_empty_text_is_said_to_be_empty(text: str) -> None:
    record = read(text, published="2024-05-13", source_url="https://example.org/")
    assert [remark.message for remark in record.remarks] == ["the text is empty"]
    assert (record.published, record.source_url) == ("2024-05-13", "https://example.org/")
    assert facts(record) == {**facts(Record()), "published": "2024-05-13"}


@pytest.mark.parametrize(
    "text",
    [
        "Die Präsidenten von Kasachstan und Serbien unterzeichneten in Astana am 12. Mai 2024 "
        "ein Abkommen über Kultur.",
        "Le Kazakhstan et la Serbie ont signé un accord sur la culture à Astana.",
        "Kazakistan ile Sırbistan arasında kültür anlaşması imzalandı.",
        "Қазақстан мен Сербия мәдениет туралы келісімге қол қойды.",
        "哈萨克斯坦和塞尔维亚签署了文化合作协议。",
        "وقعت كازاخستان وصربيا اتفاقية حول الثقافة.",
        "12345 67890 ... !!!",
    ],
)
def test_a_text_in_no_known_language_is_said_to_be_that(text: str) -> None:
    record = read(text)
    (remark,) = record.remarks
    assert remark.message == "the language is none of those known: en, ru"
    assert record.language is None
    assert facts(record) == facts(Record())


def test_a_language_that_is_not_known_reads_nothing() -> None:
    assert read(TEXTS["2026-02-27-kz-rs"], language="xx").instruments == ()


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (
            "Kazakhstan and Serbia held talks in Astana on 12 May 2024. No documents were signed.",
            "no document",
        ),
        (
            "Kazakhstan and Serbia will sign the following documents in Astana next month:\n\n"
            "1. Agreement on cooperation in the field of culture;\n2. Protocol on sports.",
            "planned",
        ),
        (
            "The presidents of Kazakhstan and Serbia met. It is planned to sign an agreement on "
            "culture between Kazakhstan and Serbia.",
            "no document",
        ),
        (
            "Президенты Казахстана и Сербии провели переговоры. Документы подписаны не были.",
            "no document",
        ),
        (
            "Казахстан и Сербия планируют подписать соглашение о сотрудничестве в сфере культуры.",
            "no document",
        ),
        (
            "Recipe: beat the eggs with the sugar and add the flour to the bowl. "
            "Bake it for an hour in the oven.",
            "no document",
        ),
    ],
)
def test_what_was_not_done_is_not_stated(text: str, remark: str) -> None:
    record = read(text)
    assert record.instruments == ()
    assert [r for r in record.remarks if remark in r.message]


def test_a_text_that_names_no_country_says_so() -> None:
    text = (
        "The two ministers signed these documents:\n\n"
        "1. Memorandum of understanding on culture;\n2. Protocol on sports.\n"
    )
    record = read(text)
    assert [(i.type, i.parties, i.field) for i in record.instruments] == [
        ("memorandum of understanding", (), "culture"),
        ("protocol", (), "sports"),
    ]
    assert record.countries == () and record.people == ()
    assert "no country is named as a side" in [remark.message for remark in record.remarks]


# ---- the seed article

AI = "Ministry of Artificial Intelligence and Digital Development"
CULTURE = "Ministry of Culture and Information", "Ministry of Culture"
MOU = "memorandum of understanding"
#: Type, the bodies of Kazakhstan and of Serbia, field.
SEED = [
    ("memorandum of cooperation", "Health Ministry", "Health Ministry", "healthcare"),
    (
        "memorandum of partnership",
        "Prosecutor General’s Office",
        "Ministry of Justice",
        None,
    ),
    (MOU, AI, "Ministry of Information and Telecommunications", None),
    (
        MOU,
        AI,
        "Office for Information Technologies and e-Government",
        "digitalization and the development of e-Government",
    ),
    (
        MOU,
        "Ministry of Agriculture",
        "Ministry of Agriculture, Forestry and Water Management",
        "veterinary medicine",
    ),
    (
        MOU,
        "Ministry of Science and Higher Education",
        "Ministry of Science, Technological Development and Innovation",
        None,
    ),
    (MOU, *CULTURE, "cinematography"),
    (MOU, *CULTURE, "protection of intangible cultural heritage"),
    (MOU, "Kazakh Invest national company", "Development Agency", None),
    (
        "memorandum of cooperation",
        "Academy of Public Administration under the President",
        "Diplomatic Academy",
        None,
    ),
]


def seed() -> str:
    """The article that the project began with; skips where it is absent."""
    paths = sorted((SHARED / "seed").glob("*.txt"))
    if not paths:
        pytest.skip(f"the seed article is not in {SHARED / 'seed'}")
    return paths[0].read_text(encoding="utf-8")


def test_the_seed_article_gives_its_ten_documents() -> None:
    text = seed()
    record = read(text)
    check(text, record)

    def names(parties: tuple[Party, ...]) -> list[tuple[str, str | None]]:
        return [(party.name, party.country) for party in parties]

    assert [(i.type, names(i.parties), i.field) for i in record.instruments] == [
        (type_, [(ours, "KZ"), (theirs, "RS")], field) for type_, ours, theirs, field in SEED
    ]
    listed = re.findall(r"(?m)^\d+\. (.+?)[;.]$", text)
    assert [i.title for i in record.instruments] == listed
    assert record.remarks == ()


def test_the_seed_article_gives_its_event() -> None:
    record = read(seed())
    assert (record.published, record.date) == ("2026-02-27", None)
    assert (record.place, record.event_type) == ("Astana", "exchange ceremony")
    assert record.countries == ("KZ", "RS")
    assert [(p.name, p.office, p.country) for p in record.people] == [
        ("Kassym-Jomart Tokayev", "President", "KZ"),
        ("Aleksandar Vučić", "President", "RS"),
    ]
    assert [(a.name, a.recipient, a.conferred_by_country) for a in record.awards] == [
        ("Altyn Qyran Order", "Aleksandar Vučić", "KZ")
    ]


# ---- what becomes of a record


@cache
def known() -> list[Known]:
    return known_entities(background().engine)


def graph(text: str) -> SourceGraph:
    """The graph of what is read from a text."""
    record = read(text)
    names = Names(record, Reconciler(known()), background())
    about = About(source_id(record, "0" * 64) + "-9", text, "A title", "text.txt")
    return compose(record, about, names, background())


@pytest.mark.parametrize(
    "step", [pytest.param(5, id="some"), pytest.param(1, id="all", marks=pytest.mark.slow)]
)
def test_what_is_read_passes_the_shapes(step: int) -> None:
    """But for what the data alone can tell: another holder of a post on the same day."""
    texts = [*TEXTS.values(), *(case.text for case in cases(FOLDER / "unseen"))]
    found = [finding for text in texts[::step] for finding in findings(graph(text))]
    assert [f for f in found if "tenure-overlap" not in f.shape] == []


# ---- large texts


@pytest.mark.parametrize(
    "share", [pytest.param(0.2, id="a fifth"), pytest.param(1, id="all", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("shape", LARGE)
def test_large_texts_are_read(shape: str, share: float) -> None:
    """That they are is all that is asserted; `make bench` has how the time grows."""
    text = LARGE[shape].text(share)
    check(text, read(text, language="en"))


@pytest.mark.parametrize(
    "text",
    [
        "On 1 May 2024 the ministers of Kenya and India refused to sign the Agreement on trade "
        "between Kenya and India.",
        "The Agreement on trade between Kenya and India, signed in 2010, remains in force.",
        "Кения и Индия 1 мая 2024 года денонсировали Соглашение о торговле между Кенией и Индией.",
        "It is planned that Kenya and India will sign the Agreement on trade between the two.",
        "Kenya and India had signed the Agreement on trade between Kenya and India in the past.",
    ],
)
def test_what_was_not_done_here_is_no_instrument(text: str) -> None:
    assert read(text).instruments == ()


def test_items_that_were_not_signed_are_left_out_with_a_remark() -> None:
    record = read(
        "Kenya and India signed, in Nairobi on 1 May 2024:\n"
        "1. Agreement on trade (postponed)\n"
        "2. Memorandum on tea - was not signed\n"
        "3. Protocol on coffee — to be signed in June\n"
        "4. Agreement on visas\n"
    )
    assert [i.title for i in record.instruments] == ["Agreement on visas"]
    assert [r.line for r in record.remarks] == [2, 3, 4]


def test_a_text_that_opens_with_the_day_has_no_headline() -> None:
    record = read(
        "5 May 2022 in Baku the Minister of Culture of Azerbaijan and the Minister of Culture of "
        "Georgia signed a Memorandum of Understanding on cinema."
    )
    assert (record.published, record.date, len(record.instruments)) == (None, "2022-05-05", 1)


def test_who_signed_is_named_with_the_document() -> None:
    record = read(
        "Kenya and India exchanged two documents in Nairobi:\n"
        "1. MoU on health - exchanged by Amina Njeri, Secretary of Health of Kenya, and "
        "Arun Mehta, Ambassador of India;\n"
        "2. MoU on sport.\n"
    )
    assert [i.signatories for i in record.instruments] == [("Amina Njeri", "Arun Mehta"), ()]
