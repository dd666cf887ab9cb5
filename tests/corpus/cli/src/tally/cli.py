from importlib.metadata import version
from pathlib import Path

import click


@click.group()
@click.version_option(version("tally"), prog_name="tally")
def main() -> None:
    """Counts things in files."""


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def count(files: tuple[Path, ...]) -> None:
    for file in files:
        click.echo(f"{len(file.read_text().splitlines())} lines in {file}")
