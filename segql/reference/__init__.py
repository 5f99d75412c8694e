"""What a rule means, in plain Python over rows: the judge of every engine."""

from segql.reference.reading import DataFault
from segql.reference.truth import Evaluation, evaluate

__all__ = ["DataFault", "Evaluation", "evaluate"]
