"""What is wrong with a call that asks for a proof: E74x."""

from segql.diagnostics import Diagnostic


def wrong_number(claim: str, wanted: str, found: int) -> Diagnostic:
    return Diagnostic(
        "E740",
        f"`{claim}` is a claim about {wanted}, not about {found}",
        help=f"write `segql prove {claim} RULE{_MORE[claim]}`",
    )


_MORE = {
    "empty": "",
    "everyone": "",
    "equal": " RULE",
    "implies": " RULE",
    "disjoint": " RULE",
    "partition": " RULE …",
}
