"""Communiqués to records: texts in which governments list what they signed or exchanged.

A precise reader of a genre with strong conventions. It knows its languages by lexicon files,
states what it found with the words that state it, and lists what it did not understand instead of
guessing.
"""

from __future__ import annotations

from bilat.communique.reader import explain, languages, read

__all__ = ["explain", "languages", "read"]
