"""Runs the released models: which is loaded, in which thread, how a photo becomes an edited photo. Knows no HTTP."""
