"""What the methods between two folders share."""

from torch import Tensor

from ..domains import Domain, Kind


def check_two_folders(domain: Domain, method: str, kinds: tuple[Kind, ...]) -> None:
    """Raises ValueError unless the domain is one of two folders, of one of these kinds."""
    if domain.kind not in kinds or len(domain.attributes) != 2:
        raise ValueError(
            f"{method} translates between two folders of {' or '.join(kinds)} photos; {domain.name} is of kind "
            f"{domain.kind} with {len(domain.attributes)} attributes; choose another method or domain."
        )


def over_directions(values: Tensor, target: Tensor) -> Tensor:
    """The sum over both directions of each one's mean: a scalar from values (B,) and one-hot targets (B, 2).

    The directions have networks of their own; so each is trained at full strength, as if alone.
    """
    shares = target / target.sum(0).clamp(min=1)
    return (values[:, None] * shares).sum()
