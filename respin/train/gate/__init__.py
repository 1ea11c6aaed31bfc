"""Train the gate (`respin.engine.gate`): which words, and pairs of words, rule out that a line was spun."""
