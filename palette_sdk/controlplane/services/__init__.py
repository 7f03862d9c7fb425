"""What an act does: rules and state of one family a module, on an open transaction; knows no HTTP but `Refusal`."""
