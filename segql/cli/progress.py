"""A sign of life on the error stream of a terminal, for what takes long."""

import sys
import threading
from time import monotonic
from typing import Self

from segql.cli import output

_PATIENCE = 1.0
_TICK = 0.1
_SIGNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_PLAIN_SIGNS = "|/-\\"
_WIDTH = 20


class Progress:
    """Shows what is being done and for how long; nothing in the first second.

    With `total` it is a bar, moved by `step`.
    """

    def __init__(self, doing: str, total: int = 0) -> None:
        self.doing = doing
        self.total = total
        self.done = 0
        self._begun = monotonic()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if output.styled(sys.stderr):
            self._thread = threading.Thread(target=self._show, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def step(self, doing: str, done: int) -> None:
        self.doing, self.done = doing, done

    def end(self) -> None:
        """Takes the line away; may be called again."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _show(self) -> None:
        if self._over.wait(_PATIENCE):
            return
        plain = not (sys.stderr.encoding or "").lower().startswith("utf")
        signs = _PLAIN_SIGNS if plain else _SIGNS
        turn = 0
        try:
            while not self._over.wait(_TICK):
                turn += 1
                line = self._line(signs[turn % len(signs)], plain)
                sys.stderr.write(f"\r\x1b[2K{line}")
                sys.stderr.flush()
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
        except (OSError, ValueError):
            pass  # nobody looks any more

    def _line(self, sign: str, plain: bool) -> str:
        from shutil import get_terminal_size

        parts = [sign]
        if self.total:
            full = _WIDTH * self.done // self.total
            bar = "█" * full + "░" * (_WIDTH - full)
            parts += ["#" * full + "." * (_WIDTH - full) if plain else bar]
            parts += [f"{self.done}/{self.total}"]
        parts += [f"{self.doing}  {monotonic() - self._begun:.0f} s"]
        return output.harmless("  ".join(parts))[: get_terminal_size().columns - 1]
