"""From what a person types to a term."""

from __future__ import annotations

import pytest

import bilat
from bilat.errors import InputError, NotFoundError
from bilat.lookup import term

SERBIA = "https://w3id.org/bilat/id/country/SRB"


@pytest.mark.parametrize(
    "name",
    ["RS", "rs", "SRB", "688", "Serbia", "serbia ", "Сербия", "Србија", "Srbija", "SERBIA",
     "country:SRB", SERBIA],
)  # fmt: skip
def test_a_country_by_any_of_its_names(name: str, kg: bilat.KnowledgeGraph) -> None:
    assert term(kg.store, "country", name).value == SERBIA


@pytest.mark.parametrize("name", ["Guinea-Bissau", "Timor-Leste", "Côte d’Ivoire", "Türkiye"])
def test_names_with_hyphens_and_accents(name: str, kg: bilat.KnowledgeGraph) -> None:
    assert "/id/country/" in term(kg.store, "country", name).value


@pytest.mark.parametrize(
    ("kind", "name", "slug"),
    [
        ("post", "President of Serbia", "post/srb-president"),
        ("post", "srb-president", "post/srb-president"),
        ("field", "e-government", "field/e-government"),
        ("field", "health care", "field/health"),
        ("institution", "Ministry of Culture of Serbia", "institution/srb-ministry-of-culture"),
        ("award", "Altyn Qyran Order", "award/altyn-qyran"),
        ("source", "2026-02-27-kz-rs", "source/2026-02-27-kz-rs"),
        ("person", "Aleksandar Vučić", "person/aleksandar-vucic"),
    ],
)
def test_other_things_by_name_or_slug(
    kind: str, name: str, slug: str, kg: bilat.KnowledgeGraph
) -> None:
    assert term(kg.store, kind, name).value.endswith(slug)


@pytest.mark.parametrize(
    ("kind", "name", "near"),
    [
        ("country", "Serbi", "Serbia"),
        ("country", "KAX", "did you mean 'KAZ'"),
        ("country", "Kazakhstn", "Kazakhstan"),
        ("institution", "Ministry of Culture", "Ministry of Culture of Serbia"),
        ("person", "Vučić", "Aleksandar Vučić"),
    ],
)
def test_an_unknown_name_suggests_near_ones(
    kind: str, name: str, near: str, kg: bilat.KnowledgeGraph
) -> None:
    with pytest.raises(NotFoundError) as caught:
        term(kg.store, kind, name)
    assert near in str(caught.value)


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "27.02.2026", ""])
def test_a_bad_date_says_what_is_expected(text: str, kg: bilat.KnowledgeGraph) -> None:
    with pytest.raises(InputError, match="2026-02-27"):
        term(kg.store, "date", text)


@pytest.mark.parametrize("text", ['"} DROP ALL #', "a b://c", "http://a b", "\\", "'", "\u202e"])
def test_hostile_names_find_nothing(text: str, kg: bilat.KnowledgeGraph) -> None:
    with pytest.raises((NotFoundError, InputError)):
        term(kg.store, "country", text)


def test_an_unknown_kind_is_refused(kg: bilat.KnowledgeGraph) -> None:
    with pytest.raises(InputError, match="award, country"):
        term(kg.store, "planet", "Mars")


def test_a_prefixed_name_that_nothing_has_is_not_found(kg: bilat.KnowledgeGraph) -> None:
    with pytest.raises(NotFoundError, match="'country:XYZ'"):
        term(kg.store, "country", "country:XYZ")
