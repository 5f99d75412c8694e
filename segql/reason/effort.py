"""How much thinking is left: every loop that may be long asks here.

It is counted, never timed, so that an answer is the same on every machine.
"""

from dataclasses import dataclass


@dataclass
class Effort:
    """`work` is what is left, in about microseconds of a common machine.

    `sure` is false once anything had to be left out.
    """

    work: int = 1_000_000
    steps: int = 4_000
    leaves: int = 400
    sure: bool = True

    def step(self) -> bool:
        """Whether one more choice may be looked at."""
        self.steps -= 1
        return self.spend(15) and self._or_unsure(self.steps >= 0)

    def leaf(self) -> bool:
        """Whether one more way for all subjects to be may be looked at."""
        self.leaves -= 1
        return self._or_unsure(self.leaves >= 0)

    def spend(self, work: int) -> bool:
        """Whether there is enough left to go on."""
        self.work -= work
        return self._or_unsure(self.work >= 0)

    def _or_unsure(self, enough: bool) -> bool:
        if not enough:
            self.sure = False
        return enough
