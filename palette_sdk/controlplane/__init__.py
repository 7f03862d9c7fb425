"""A local Palette: the REST API of contract on loopback, with a database, a clock and a simulation of its own.

Knows nothing of the SDK but `wire` and `errors`: its rules are written anew from the API's behaviour, so that a wrong
rule on one side shows as a disagreement. Layers, from the top: app (transport, scope, errors) > routes (unpack, shape)
> services (what an act does) > store (the only SQL).
"""
