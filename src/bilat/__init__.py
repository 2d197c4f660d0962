"""bilat: a knowledge graph of bilateral relations that can be checked, asked and shown.

>>> import bilat
>>> kg = bilat.open()
>>> kg.ask("who-cooperates-with", country="KZ", partner="Serbia")[0].institution
'https://w3id.org/bilat/id/institution/kaz-ministry-of-culture-and-information'
"""

from bilat.errors import BilatError, InputError, NotFoundError, StoreError
from bilat.knowledge_graph import KnowledgeGraph, open
from bilat.version import __version__

__all__ = [
    "BilatError",
    "InputError",
    "KnowledgeGraph",
    "NotFoundError",
    "StoreError",
    "__version__",
    "open",
]
