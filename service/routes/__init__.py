"""The HTTP API: one file a resource, each thin. What they share is in dependencies, problems and middleware."""
