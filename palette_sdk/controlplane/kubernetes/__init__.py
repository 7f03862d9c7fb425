"""Real Kubernetes control planes behind the clusters: etcd, API server, controllers and scheduler, one set a cluster.

The store says what should run, the room keeps it so: `fleet` starts and ends control planes, a `keeper` applies one
cluster's layers and plays its nodes, `processes` knows the programs. `applying`, `nodes` and `observed` are pure.
Nothing here knows a route; what it learns goes to a `Desk`, which the services implement.
"""
