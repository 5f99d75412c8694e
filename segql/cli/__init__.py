"""The command line: arguments in, an exit code out.

Answers go to the standard output; what is wrong goes to the standard error, and never
as a traceback. Each command has a file of its own and is imported when it is called.
"""

import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module

OK, RULE, USAGE, DATA = 0, 1, 2, 3
INTERNAL = 70
INTERRUPTED = 128 + signal.SIGINT
CLOSED_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        argv: the words behind `segql`; by default those of the process.
    """
    with _tidy():
        try:
            code = _run(sys.argv[1:] if argv is None else argv)
            _flush()
            return code
        except BrokenPipeError:
            _silence()
            return CLOSED_PIPE
        except KeyboardInterrupt:
            return _last_words("stopped", INTERRUPTED)
        except Exception as error:
            return _failed(error)


def _run(argv: Sequence[str]) -> int:
    from segql.cli import arguments, output

    output.prepare()
    try:
        asked = arguments.read([_text(each) for each in argv])
    except SystemExit as done:  # --help and --version
        return int(done.code or OK)
    gc.disable()  # start-up makes a great many objects, and no garbage
    try:
        command = import_module(f"segql.cli.{asked.command}")
    finally:
        gc.enable()
    code: int = command.run(asked)
    return code


def _failed(error: Exception) -> int:
    from segql.diagnostics import SegqlError

    if os.environ.get("SEGQL_DEBUG"):
        import traceback

        traceback.print_exc()
    try:
        from segql.cli import output

        if isinstance(error, SegqlError):
            output.fail(error.diagnostics)
            code = output.exit_code(error.diagnostics)
        else:
            from segql.messages import usage

            output.fail([usage.internal(type(error).__name__)])
            code = INTERNAL
        _flush()
    except BrokenPipeError:
        _silence()
        return CLOSED_PIPE
    except Exception:  # there is no one left to tell
        _silence()
        return DATA if isinstance(error, SegqlError) else INTERNAL
    return code


def _last_words(text: str, code: int) -> int:
    with suppress(Exception):
        print(text, file=sys.stderr)
    _silence()
    return code


def _flush() -> None:
    from segql.cli import output

    output.flush()


def _silence() -> None:
    """Lets Python's own flush at the end find nothing that could fail."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, stream.fileno())
            os.close(nothing)


def _text(argument: str) -> str:
    """An argument as text: its bytes are UTF-8, whatever the locale says."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument


@contextmanager
def _tidy() -> Iterator[None]:
    """Ends what is under way also when another process asks us to stop."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        with suppress(ValueError, OSError):  # not the main thread
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
