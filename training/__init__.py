"""What is learned: data, networks, losses, methods, the training loop, releases. Knows torch, never the service."""
