"""Clusters with real Kubernetes control planes behind them."""
