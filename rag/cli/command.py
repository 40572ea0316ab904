"""The command `footnote`: arguments in, one answer out, errors as one line and an exit code.

Exit codes: 0 done (a refusal too), 1 failed, 2 wrong usage, 130 interrupted, 143 told to end. Only
the answer goes to standard output. Nothing heavy is imported before it is known what is asked.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.cli.arguments import build_parser
from rag.cli.terminal import discard_output, print_json, print_line, say, show_progress
from rag.ending import Ended, ending_cleanly
from rag.errors import QuestionError, RagError
from rag.offline import allow_downloads, set_offline
from rag.settings import home_folder, load_settings

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline
    from rag.library.changes import Progress

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        with ending_cleanly():
            set_offline()
            args = make_parser().parse_args(arguments)
            return int(args.run(args))
    except QuestionError as error:
        say(f"footnote: {error}")
        return WRONG_USAGE
    except RagError as error:
        say(f"footnote: {error}")
        return FAILED
    except Ended as ended:
        say("footnote: ended")
        return ended.exit_code
    except KeyboardInterrupt:
        say("footnote: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone: nothing left to say
        discard_output()
        return FAILED
    except OSError as error:  # a full disk behind our output, or what no module foresaw
        say(f"footnote: {error}; check the disk and the permissions")
        discard_output()
        return FAILED


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; each sets `run`, what carries it out."""
    return build_parser(
        {
            "chat": _chat,
            "ask": _ask,
            "index": _index,
            "libraries": _libraries,
            "library": _library,
            "serve": _serve,
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
        say=say,
        progress=_show_progress,
        min_confidence=args.min_confidence,
    )


def _chat(args: argparse.Namespace) -> int:
    settings = load_settings(generator=args.generator)
    from ui.address import check_address

    check_address(args.host, args.port, settings.password)
    if args.mcp:
        from ui.mcp_tool import require_tool

        require_tool()
    from ui.early_import import import_page_meanwhile

    import_page_meanwhile()
    from rag.conversations.store import conversations_path
    from rag.library.qdrant.address import is_shared

    if is_shared(args.library or ""):  # its documents are kept elsewhere: nothing is added here
        pipeline, sessions = _open(args), None
    else:
        from rag.sessions import open_sessions

        sessions = open_sessions(
            settings,
            docs=args.docs,
            name=args.library,
            say=say,
            progress=_show_progress,
            min_confidence=args.min_confidence,
        )
        pipeline = sessions.pipeline()
    from ui.server import serve

    serve(
        pipeline,
        sessions=sessions,
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

        print_json(to_json(answer_object(answer)))
    else:
        from rag.cli.ask import format_answer

        print_line(format_answer(answer))
    return DONE


def _index(args: argparse.Namespace) -> int:
    from rag.assemble import load_embedder, refresh_library
    from rag.library.qdrant.address import is_shared

    if (args.add or args.remove) and not args.library:
        option = "--add" if args.add else "--remove"
        raise _usage(f"{option} goes with --library NAME; --docs already names everything")
    if args.groups and not (args.add and is_shared(args.library or "")):
        raise _usage("--groups goes with --add PATH and --library qdrant://HOST:PORT/NAME")
    settings = load_settings()
    embedder, library_id = load_embedder(settings)
    library, changes = refresh_library(
        settings,
        embedder,
        library_id,
        docs=args.docs,
        name=args.library,
        say=say,
        progress=_show_progress,
        add=args.add,
        remove=args.remove,
        groups=args.groups,
    )
    with library:
        for label in ("added", "changed", "removed"):
            for name in getattr(changes, label):
                print_line(f"{label} {name}")
        print_line(
            f"{library.document_count()} documents, {library.passage_count()} passages; "
            f"{len(changes.unchanged)} unchanged"
        )
    return DONE


def _libraries(args: argparse.Namespace) -> int:
    from rag.cli.libraries import run_libraries

    return run_libraries(args)


def _library(args: argparse.Namespace) -> int:
    from rag.cli.library import run_library

    return run_library(args)


def _serve(args: argparse.Namespace) -> int:
    from rag.cli.serve import run_serve

    return run_serve(args)


def _evaluate(args: argparse.Namespace) -> int:
    from rag.cli.evaluate import run_evaluate

    return run_evaluate(args, _open)


def _calibrate(args: argparse.Namespace) -> int:
    if (args.questions is None) != args.reset:
        raise _usage("expected QUESTIONS to calibrate with, or --reset and no questions")
    from rag.cli.calibrate import run_calibrate

    settings = load_settings()

    def open_showing_all(args: argparse.Namespace) -> "Pipeline":
        from rag.assemble import open_pipeline

        return open_pipeline(
            settings,
            docs=args.docs,
            name=args.library,
            say=say,
            progress=_show_progress,
            min_confidence=0.0,
            own_calibration=False,
        )

    def reader() -> str:
        from rag.assemble import reader_id

        return reader_id(settings)

    return run_calibrate(args, open_showing_all, reader, settings.min_confidence)


def _compare(args: argparse.Namespace) -> int:
    from rag.cli.evaluate import run_compare

    return run_compare(args)


def _feedback(args: argparse.Namespace) -> int:
    from rag.cli.feedback import run_feedback

    return run_feedback(args)


def _models(args: argparse.Namespace) -> int:
    if args.download:
        allow_downloads()
        from rag.models.download import download_model

        print_line(str(download_model(args.download)))
        return DONE
    from rag.models.catalog import install_command
    from rag.models.inventory import describe_models

    infos = describe_models(load_settings())
    for info in infos:
        size = f"{info.bytes / 1e6:.0f} MB"
        print_line(
            f"{info.state:8} {info.kind:10} {info.name}  {size}  {info.licence}  {info.path}"
        )
        if info.remedy:
            print_line(f"         {info.remedy}")
    if any(info.state == "missing" for info in infos):
        print_line(f"to install the built-in models: {install_command()}")
    return DONE if all(info.state == "ok" for info in infos) else FAILED


def _text(args: argparse.Namespace) -> int:
    from rag.cli.text import run_text

    return run_text(args)


class _UsageError(QuestionError):
    """Options that do not go together."""


def _usage(message: str) -> _UsageError:
    return _UsageError(message)


def _show_progress(progress: "Progress") -> None:
    """Show how far indexing is; the line goes when its document is done."""
    done = ""
    if progress.recognised < progress.pages:
        done = f"{progress.recognised} of {progress.pages} pages recognised"
    elif progress.embedded < progress.passages:
        done = f"{progress.embedded} of {progress.passages} passages"
    where = f"reading {progress.number} of {progress.documents}"
    show_progress(f"{where}: {done}, {progress.name}" if done else "")


if __name__ == "__main__":
    sys.exit(main())
