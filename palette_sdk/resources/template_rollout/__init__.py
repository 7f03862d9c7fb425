"""Roll-outs of cluster templates: one judgement of a whole fleet, the start of an upgrade, and the wait for it."""
