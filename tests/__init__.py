"""A package by name, as torch-fidelity installs another of the same name, which would be found in its place."""
