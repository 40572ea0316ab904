"""The command `footnote`: arguments in, one answer out, errors as one line and an exit code.

Exit codes: 0 done (a refusal too), 1 failed, 2 wrong usage, 130 interrupted. Only the answer goes
to standard output. Nothing heavy is imported before it is known what is asked.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.cli_arguments import build_parser
from rag.errors import QuestionError, RagError
from rag.offline import allow_downloads, set_offline
from rag.settings import Settings, home_folder, load_settings

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline
    from rag.datatypes import Answer
    from rag.documents.library import Progress

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
_COLUMNS = 79
"""Of the line of progress: one that wraps could not be taken back."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        set_offline()
        args = make_parser().parse_args(arguments)
        return int(args.run(args))
    except QuestionError as error:
        _say(f"footnote: {error}")
        return WRONG_USAGE
    except RagError as error:
        _say(f"footnote: {error}")
        return FAILED
    except KeyboardInterrupt:
        _say("footnote: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone: nothing left to say
        _discard_output()
        return FAILED
    except OSError as error:  # a full disk behind our output, or what no module foresaw
        _say(f"footnote: {error}; check the disk and the permissions")
        _discard_output()
        return FAILED


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; each sets `run`, what carries it out."""
    return build_parser(
        {
            "chat": _chat,
            "ask": _ask,
            "index": _index,
            "evaluate": _evaluate,
            "calibrate": _calibrate,
            "compare": _compare,
            "feedback": _feedback,
            "models": _models,
            "text": _text,
        }
    )


def _open(args: argparse.Namespace) -> "Pipeline":
    settings = load_settings(generator=args.generator)
    from rag.assemble import open_pipeline

    return open_pipeline(
        settings,
        docs=args.docs,
        name=args.library,
        say=_say,
        progress=_show_progress,
        min_confidence=args.min_confidence,
    )


def _chat(args: argparse.Namespace) -> int:
    settings = load_settings(generator=args.generator)
    from ui.address import check_address

    check_address(args.host, args.port, settings.password)
    if args.mcp:
        from ui.tool import require_tool

        require_tool()
    from rag.conversations.store import conversations_path
    from rag.shelf import open_shelf

    shelf = open_shelf(
        settings,
        docs=args.docs,
        name=args.library,
        say=_say,
        progress=_show_progress,
        min_confidence=args.min_confidence,
    )
    from ui.server import serve

    serve(
        shelf.pipeline(),
        shelf=shelf,
        host=args.host,
        port=args.port,
        password=settings.password,
        open_browser=not args.no_browser,
        mcp=args.mcp,
        conversations=conversations_path(home_folder(settings)),
    )
    return DONE


def _ask(args: argparse.Namespace) -> int:
    from rag.answering.pipeline import check_question

    check_question(args.question, load_settings().max_question_characters)
    answer = _open(args).ask(args.question, history=args.history)
    if args.json:
        from rag.serialize import answer_object, to_json

        _print(to_json(answer_object(answer)))
    else:
        _print(format_answer(answer))
    return DONE


def format_answer(answer: "Answer") -> str:
    """Return the answer with its footnotes, or the refusal with nearest passages, as text."""
    lines = [answer.text, ""]
    if answer.warning:
        lines = [answer.warning, "", *lines]
    if answer.understood != answer.question:
        lines = [f"Understood as: {answer.understood}", "", *lines]
    for number, citation in enumerate(answer.citations, start=1):
        page = f", page {citation.page}" if citation.page else ""
        lines.append(
            f"[{number}] {citation.document}{page}, characters {citation.start}–{citation.end}"
        )
        if answer.status == "answered":
            lines.append(f"    “{' '.join(citation.quote.split())}”")
    if answer.nearest:
        lines.append("The nearest passages, which do not answer it:")
    for passage in answer.nearest:
        lines.append(f"  · {passage.document}, characters {passage.start}–{passage.end}")
        lines.append(f"    {' '.join(passage.text.split())}")
    return "\n".join(lines).strip()


def _index(args: argparse.Namespace) -> int:
    from rag.assemble import load_embedder, refresh_library

    if (args.add or args.remove) and not args.library:
        option = "--add" if args.add else "--remove"
        raise _usage(f"{option} goes with --library NAME; --docs already names everything")
    settings = load_settings()
    embedder, library_id = load_embedder(settings)
    library, changes = refresh_library(
        settings,
        embedder,
        library_id,
        docs=args.docs,
        name=args.library,
        say=_say,
        progress=_show_progress,
        add=args.add,
        remove=args.remove,
    )
    with library:
        for label in ("added", "changed", "removed"):
            for name in getattr(changes, label):
                _print(f"{label} {name}")
        _print(
            f"{len(library.documents())} documents, {library.passage_count()} passages; "
            f"{len(changes.unchanged)} unchanged"
        )
    return DONE


def _evaluate(args: argparse.Namespace) -> int:
    from rag.cli_evaluate import run_evaluate

    return run_evaluate(args, _open)


def _calibrate(args: argparse.Namespace) -> int:
    if (args.questions is None) != args.reset:
        raise _usage("expected QUESTIONS to calibrate with, or --reset and no questions")
    from rag.cli_calibrate import run_calibrate

    settings = load_settings()

    def open_showing_all(args: argparse.Namespace) -> "Pipeline":
        from rag.assemble import open_pipeline

        return open_pipeline(
            settings,
            docs=args.docs,
            name=args.library,
            say=_say,
            progress=_show_progress,
            min_confidence=0.0,
            own_calibration=False,
        )

    def reader() -> str:
        from rag.assemble import reader_id

        return reader_id(settings)

    return run_calibrate(args, open_showing_all, reader, settings.min_confidence)


def _compare(args: argparse.Namespace) -> int:
    from rag.cli_evaluate import run_compare

    return run_compare(args)


def _feedback(args: argparse.Namespace) -> int:
    from rag.cli_feedback import run_feedback

    return run_feedback(args)


def _models(args: argparse.Namespace) -> int:
    if args.download:
        allow_downloads()
        from rag.models.download import download_model

        _print(str(download_model(args.download)))
        return DONE
    from rag.models.catalog import install_command
    from rag.models.inventory import describe_models

    infos = describe_models(load_settings())
    for info in infos:
        size = f"{info.bytes / 1e6:.0f} MB"
        _print(f"{info.state:8} {info.kind:10} {info.name}  {size}  {info.licence}  {info.path}")
        if info.remedy:
            _print(f"         {info.remedy}")
    if any(info.state == "missing" for info in infos):
        _print(f"to install the built-in models: {install_command()}")
    return DONE if all(info.state == "ok" for info in infos) else FAILED


def _text(args: argparse.Namespace) -> int:
    from rag.documents.load import Source, read_document

    settings: Settings = load_settings()
    document = read_document(
        Source(path=args.path.absolute(), name=args.path.name),
        max_bytes=settings.max_document_bytes,
    )
    sys.stdout.buffer.write(document.text.encode("utf-8"))
    sys.stdout.flush()
    return DONE


class _UsageError(QuestionError):
    """Options that do not go together."""


def _usage(message: str) -> _UsageError:
    return _UsageError(message)


def _print(text: str) -> None:
    """Write to standard output as UTF-8, so that no terminal's encoding loses anything."""
    sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def _discard_output() -> None:
    """Point standard output nowhere, so that Python does not try once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _show_progress(progress: "Progress") -> None:
    """Show how far indexing is, on a terminal only; the line goes when its document is done."""
    if sys.stderr.isatty():
        line = ""
        if progress.embedded < progress.passages:
            line = (
                f"reading {progress.number} of {progress.documents}: "
                f"{progress.embedded} of {progress.passages} passages, {progress.name}"
            )
        sys.stderr.write(f"\r\x1b[K{line[:_COLUMNS]}")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
