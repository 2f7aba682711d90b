"""The fixed domains that are translated between, and what it means to ask for a change of attributes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["attributes", "unpaired", "paired"]


class AttributeChangeError(ValueError):
    """A change that cannot be asked for. `code` is "unknown_attribute" or "contradictory_attributes"."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Domain:
    """A set of binary attributes; each of their combinations is one visual domain (paper, section 3).

    Attributes:
        name: of its folder under releases/ and of its address in the API.
        attributes: in the order of the attribute vector. Of a domain of folders (kind "unpaired" or "paired") they are
            the folders, and exactly one is set.
        exclusive: groups of attributes of which at most one can be set, such as hair colours.
        kind: "attributes" (labelled photos), "unpaired" (folders of photos) or "paired" (the same subjects in two).
        align: whether its photos are of faces, framed as CelebA's, so that a face is to be found in a photo and framed
            likewise before it is edited. Always of the domain "faces", whose older releases do not say it.
    """

    name: str
    attributes: tuple[str, ...]
    exclusive: tuple[tuple[str, ...], ...] = ()
    kind: Kind = "attributes"
    align: bool = False

    def __post_init__(self) -> None:
        if self.name == "faces":
            object.__setattr__(self, "align", True)

    def group(self, attribute: str) -> tuple[str, ...]:
        """The attributes that setting `attribute` clears, itself among them; just itself where none."""
        return next((group for group in self.exclusive if attribute in group), (attribute,))


HAIR = ("Black_Hair", "Blond_Hair", "Brown_Hair")

FACES = Domain(
    name="faces",
    # Nine are listed in the paper (section 4.1); "10 attributes" and Table 1's row "Aging" give the tenth, Young.
    attributes=(*HAIR, "Bangs", "Smiling", "Male", "No_Beard", "Pale_Skin", "Eyeglasses", "Young"),
    exclusive=(HAIR,),
)


def folders(name: str, members: tuple[str, ...], kind: Kind = "unpaired") -> Domain:
    """A domain whose attributes are folders of photos: each photo is in exactly one."""
    return Domain(name, members, exclusive=(members,), kind=kind)


SEASONS = folders("seasons", ("Summer", "Winter"))
EDGES = folders("edges", ("Edges", "Photo"), "paired")

SHAPES = ("Circle", "Square", "Triangle")
# Drawn by the package (data/synthetic.py), so that the true translation of every picture is known.
SYNTHETIC = Domain(
    name="synthetic",
    attributes=(*SHAPES, "Red", "Large", "Striped", "Outlined", "Night"),
    exclusive=(SHAPES,),
)

DOMAINS: dict[str, Domain] = {domain.name: domain for domain in (FACES, SEASONS, EDGES, SYNTHETIC)}


def check_change(domain: Domain, change: Mapping[str, bool]) -> None:
    """Raises AttributeChangeError if `change` names an unknown attribute or contradicts itself or the domain.

    It must not set two attributes that exclude each other; of a domain of folders, it must set one.
    """
    for name in change:
        if name not in domain.attributes:
            known = ", ".join(domain.attributes)
            raise AttributeChangeError(
                "unknown_attribute", f"{name!r} is not an attribute of {domain.name}; use {known}."
            )
    for group in domain.exclusive:
        wanted = [name for name in group if change.get(name)]
        if len(wanted) > 1:
            names = " and ".join(wanted)
            raise AttributeChangeError("contradictory_attributes", f"{names} exclude each other; set only one of them.")
    if domain.kind != "attributes" and not any(change.values()):
        members = ", ".join(domain.attributes)
        sentence = f"A photo of {domain.name} is in exactly one of {members}; set the one that is wanted to true."
        raise AttributeChangeError("contradictory_attributes", sentence)


def decide(domain: Domain, probabilities: Sequence[float]) -> tuple[bool, ...]:
    """What is at least as likely as not; of attributes that exclude each other, the likeliest alone.

    Of a domain of folders, in one of which every photo is, the likeliest however likely.
    """
    least = 0.5 if domain.kind == "attributes" else 0.0
    likely = dict(zip(domain.attributes, probabilities, strict=True))
    shown = []
    for name, probability in likely.items():
        rivals = domain.group(name)
        shown.append(probability >= least and name == max(rivals, key=lambda rival: likely[rival]))
    return tuple(shown)


def apply_change(domain: Domain, source: Sequence[bool], change: Mapping[str, bool]) -> tuple[bool, ...]:
    """The target attributes: `source` with `change` made. Setting one clears those that it excludes (hair, folders).

    Args:
        source: what the photo has, in the order of `domain.attributes`.
        change: attribute name to wanted value; attributes that it does not name stay as in `source`.

    Raises:
        AttributeChangeError: see `check_change`.
    """
    check_change(domain, change)
    target = dict(zip(domain.attributes, source, strict=True))
    for name, value in change.items():
        if value:
            target.update(dict.fromkeys(domain.group(name), False))
    target.update(change)
    return tuple(target.values())


def single_edit(domain: Domain, source: Sequence[bool], attribute: str) -> tuple[bool, ...]:
    """The target of one row of Table 1: a hair colour is set and the other two cleared, any other attribute toggled."""
    index = domain.attributes.index(attribute)
    exclusive = len(domain.group(attribute)) > 1
    return apply_change(domain, source, {attribute: True if exclusive else not source[index]})
