"""One segment on two connections: whether its members are the same, and why not."""
