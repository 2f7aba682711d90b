"""What `make bench-serve` measures the service beside: the same networks served in the two usual ways."""
