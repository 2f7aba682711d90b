"""INIT Studio as a service: HTTP API, bulk jobs and the engine that runs the released models."""
