"""Many clusters as one: stages and waves through the resource graph, one wait for each, one deletion of all."""
