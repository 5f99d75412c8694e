"""Fuzzing of the parser, the checker or the formatter, led by coverage.

    pip install 'segql[fuzz]'
    python tests/fuzz/fuzz.py format -max_total_time=600 -timeout=20

What stands behind the target's name goes to libFuzzer. A text that ends in an error is
written to `crash-…` in the current folder; `python tests/fuzz/fuzz.py format crash-…`
shows it again. Nothing is kept between runs unless a folder for the corpus is named.
"""

import contextlib
import os
import sys
import tempfile
from pathlib import Path

import atheris

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

with atheris.instrument_imports(include=["segql", "lark"]):
    import fuzz_targets

WORDS = 1
"""As the first byte of an input: the others are numbers of words, not letters."""


def text_of(data: bytes) -> str:
    if data[:1] == bytes([WORDS]):
        words = fuzz_targets.known_words()
        pairs = zip(data[1::2], data[2::2], strict=False)
        return " ".join(words[(high << 8 | low) % len(words)] for high, low in pairs)
    return data.decode("utf-8", "ignore")


def begin(folder: Path) -> None:
    """Writes what the fuzzer begins with."""
    for number, text in enumerate(fuzz_targets.known_texts()):
        (folder / f"{number:04}").write_bytes(text.encode())
    words = [word for word in fuzz_targets.known_words() if word.isprintable()]
    quoted = [word.replace("\\", "\\\\").replace('"', '\\"') for word in words]
    shown = (f'"{word}"' for word in quoted if word.isascii())
    Path(folder, "..", "words").write_text("\n".join(shown), encoding="utf-8")


def main() -> None:
    name, *arguments = sys.argv[1:] or ["?"]
    if name not in fuzz_targets.TARGETS:
        sys.exit(f"which target? there are {', '.join(fuzz_targets.TARGETS)}")
    target = fuzz_targets.TARGETS[name]

    def once(data: bytes) -> None:
        target(text_of(data))

    with tempfile.TemporaryDirectory(prefix="segql-fuzz-") as made:
        seeds = Path(made, "seeds")
        seeds.mkdir()
        begin(seeds)
        files = [each for each in arguments if not each.startswith("-")]
        given = [] if any(map(os.path.isfile, files)) else [str(seeds)]
        flags = ["-max_len=600", f"-dict={made}/words", "-rss_limit_mb=3000"]
        atheris.Setup([sys.argv[0], *flags, *arguments, *given], once)
        with contextlib.suppress(SystemExit):
            atheris.Fuzz()


if __name__ == "__main__":
    main()
