"""Clusters of the control plane, over both transports."""
