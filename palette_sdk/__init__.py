"""Pulumi-style SDK for Spectro Cloud Palette."""
