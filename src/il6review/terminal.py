"""What the command line says, and how a command ends: plain text, exit codes, signals, wrong use with its mend."""

from __future__ import annotations

import signal
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

import click


def plain(text: str) -> str:
    """Show control and format characters as escapes: text from a file must not steer the terminal."""
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in "\n\t"
        else character
        for character in text
    )


def say(text: str, *, err: bool = False) -> None:
    """Print text that may come from a file."""
    click.echo(plain(text), err=err)


@contextmanager
def told(codes: Mapping[type[Exception], int]) -> Iterator[None]:
    """Say an expected error without a traceback, and end with the exit code of the first kind that fits."""
    try:
        yield
    except tuple(codes) as error:
        say(str(error), err=True)
        sys.exit(next(code for kind, code in codes.items() if isinstance(error, kind)))


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does: what it started is ended, and the exit code is 128 + the signal."""

    def stop(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    former = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except SystemExit as end:
        if end.code in (128 + number for number in former):
            say("Stopped. The former run stays as it was; what has run is kept for the next.", err=True)
        raise
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


class Commands(click.Group):
    """Commands that say of every wrong use how to mend it: where click says only what is wrong, too."""

    def make_context(self, *given: Any, **named: Any) -> click.Context:
        """Read the options of the group itself."""
        with _mended():
            return super().make_context(*given, **named)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command."""
        with _mended(ctx):
            return super().invoke(ctx)


class Misuse(click.UsageError):
    """A wrong use, told with its mend."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Say how the command is used, and the error; the line of click that names --help would say the mend twice."""
        if self.ctx:
            say(self.ctx.get_usage(), err=True)
        say(f"Error: {self.message}", err=True)


@contextmanager
def _mended(group: click.Context | None = None) -> Iterator[None]:
    """Give a wrong use its mend; `group` is known once a command is called."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        # Not an error to mend: no command was named, and the help is shown.
        raise
    except click.UsageError as error:
        # Of some errors click does not say in which command they are.
        asked = error.ctx.command_path if error.ctx else f"{group.command_path} {group.invoked_subcommand}"
        raise Misuse(_with_mend(error, f"{asked} --help"), error.ctx) from None


def _with_mend(error: click.UsageError, helped: str) -> str:
    """Give the message of an error with its mend: the nearest names that click knows, and the help of the command."""
    if "Mend: " in error.message:
        return error.format_message()
    near = getattr(error, "possibilities", None)
    if near:
        names = " or ".join(f'"{name}"' for name in near)
        return f"{error.message} Mend: did you mean {names}? See: {helped}"
    return f"{error.format_message().removesuffix('.')}. Mend: {helped}"
