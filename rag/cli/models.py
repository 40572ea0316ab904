"""`footnote models`: lists and checks the models, installs and removes what is optional."""

import argparse

from rag.cli.terminal import print_line, say, show_progress
from rag.offline import allow_downloads
from rag.settings import home_folder, load_settings

DONE, FAILED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `models`, of which one is used at a time."""
    from rag.models.writers import WRITERS

    names = [model.name for model in WRITERS]
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--download", metavar="ID", help="fetch a model from the hub (uses the network)"
    )
    what.add_argument(
        "--install",
        choices=names,
        help="install a writer, which says answers in words (uses the network)",
    )
    what.add_argument("--remove", choices=names, help="delete a writer that was installed")


def run(args: argparse.Namespace) -> int:
    """Carry out the command and return its exit code."""
    if args.download:
        allow_downloads()
        from rag.models.download import download_model

        print_line(str(download_model(args.download)))
        return DONE
    if args.install:
        return _install(args.install)
    if args.remove:
        return _remove(args.remove)
    return _list()


def _install(name: str) -> int:
    from rag.models.install import install_writer
    from rag.models.writers import writer_called

    model = writer_called(name)
    assert model is not None
    say(f"{model.title}: {model.sizes}; {model.speed}. Broken off, it goes on from there.")

    def show(done: int, parts: int) -> None:
        show_progress(f"part {done + 1} of {parts}" if done < parts else "checking")

    try:
        path = install_writer(model, home_folder(load_settings()), show)
    finally:
        show_progress("")
    print_line(str(path))
    return DONE


def _remove(name: str) -> int:
    from rag.models.install import remove_writer
    from rag.models.writers import writer_called

    model = writer_called(name)
    assert model is not None
    removed = remove_writer(model, home_folder(load_settings()))
    print_line(f"{name} was deleted" if removed else f"{name} was not installed")
    return DONE


def _list() -> int:
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
    return DONE if all(info.state in ("ok", "optional") for info in infos) else FAILED
