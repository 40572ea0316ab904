"""The command `footnote models`: which there are and whether they are whole; `--download`."""

import argparse

from rag.cli.terminal import print_line
from rag.offline import allow_downloads
from rag.settings import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `models` takes."""
    parser.add_argument(
        "--download", metavar="ID", help="fetch a model from the hub (the one use of the network)"
    )


def run(args: argparse.Namespace) -> int:
    """List the models, or fetch one; return 1 if a file is missing or damaged."""
    if args.download:
        allow_downloads()
        from rag.models.download import download_model

        print_line(str(download_model(args.download)))
        return 0
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
    return 0 if all(info.state == "ok" for info in infos) else 1
