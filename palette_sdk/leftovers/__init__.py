"""What Palette once put on a cluster and no layer names any more: orphans. Found, told, scaled to 0.

Palette applies what a profile names and deletes nothing, so what a later version doesn't name goes on running. `model`, `judging`
and `naming` are pure; `reading` asks Palette and the cluster; `scaling` writes to the cluster. The command and the look-ups stand
on it.
"""
