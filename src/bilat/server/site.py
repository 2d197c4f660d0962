"""What the routes of all parts share: addresses, and who answers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from bilat.knowledge_graph import KnowledgeGraph
    from bilat.server.answers import Answer, Job


class Site:
    """A graph that is served."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        self._kg = kg

    async def answer(self, request: Request, job: Job) -> Response:
        """The response to a request: what the job gives, or why there is none."""
        answer = await run_in_threadpool(run, self._kg, job)
        headers = dict(answer.headers)
        return Response(answer.body, answer.status, headers, media_type=answer.media_type)


def run(kg: KnowledgeGraph, job: Job) -> Answer:
    """Do a job."""
    module, _, name = job.function.partition(":")
    answer: Answer = getattr(import_module(module), name)(kg, *job.arguments)
    return answer
