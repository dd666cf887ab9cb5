import click

from .sums import square


@click.command()
@click.argument("number", type=int)
def main(number: int) -> None:
    click.echo(square(number))


if __name__ == "__main__":
    main()
