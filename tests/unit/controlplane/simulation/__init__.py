"""The simulation as pure functions over documents and moments."""
