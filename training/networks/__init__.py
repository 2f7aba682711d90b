"""Networks: generators, discriminators, the embedding φ and the attribute classifier."""
