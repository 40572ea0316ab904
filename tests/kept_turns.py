"""Turns and answers to keep, for tests of what keeps them."""

from rag.conversations.records import CitedDocument, FinishedTurn
from rag.datatypes import Answer, Citation, CitedSentence, NearestPassage

BRIDGE = "The bridge opened in 1932. It cost nine million pounds. Nobody jumped."
COST = "It cost nine million pounds."


def cited(document_id=1, document="bridge.txt", start=27, quote=COST, page=None):
    return Citation(
        document_id=document_id,
        document=document,
        start=start,
        end=start + len(quote),
        page=page,
        quote=quote,
    )


def quoted(question="What did the bridge cost?", **changes):
    fields = {
        "question": question,
        "understood": question,
        "status": "quoted",
        "sentences": (CitedSentence(text=COST, citations=(1,)),),
        "citations": (cited(),),
        "short_answer": "nine million pounds",
        "short_span": (1, 35, 54),
        "nearest": (),
        "confidence": 0.75,
        "seconds": {"first": 0.1, "total": 0.2},
    }
    return Answer(**(fields | changes))


def refused(question="Who drew it?", **changes):
    nearest = NearestPassage(
        document_id=1,
        document="bridge.txt",
        start=0,
        end=26,
        score=0.25,
        text=BRIDGE[:26],
        dense_rank=1,
        lexical_rank=None,
    )
    fields = {
        "question": question,
        "understood": question,
        "status": "refused",
        "sentences": (),
        "citations": (),
        "short_answer": None,
        "short_span": None,
        "nearest": (nearest,),
        "confidence": 0.05,
        "refusal": "Your documents do not seem to say.",
    }
    return Answer(**(fields | changes))


def finished(answer=None, **changes):
    answer = answer or quoted()
    document = CitedDocument(
        document_id=1, source="/docs/bridge.txt", name="bridge.txt", sha256="aa"
    )
    fields = {"question": answer.question, "answer": answer, "documents": (document,)}
    return FinishedTurn(**(fields | changes))
