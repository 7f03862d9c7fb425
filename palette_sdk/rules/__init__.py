"""Pure decisions about what a program asks for: versions, layers, pools, tags, guards.

Nothing here does I/O, reads a clock or knows the engine or the network. Functions take plain values and give plain
values, or an `InputError` whose text a person can act on. Heavy imports wait until a function needs them.
"""
