"""Every rule of the benchmark, in the order in which they are measured."""

import rules
import rules_in_order

RULES = (*rules.RULES, *rules_in_order.RULES)
