"""The command line: its flags are the attributes of the domain, --smiling and --no-smiling."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple, NoReturn

from service.command.editors import Place, Wish
from training.domains import AttributeChangeError, Domain, check_change
from training.images import FORMATS

_PROGRAM = "python -m service translate"
_OPTIONS = {"help", "domain", "url", "strength", "face", "aligned", "format", "release", "overwrite"}


class Line(NamedTuple):
    """What a command line says."""

    source: Path
    target: Path
    format: str | None
    overwrite: bool
    wish: Wish


class Parser(argparse.ArgumentParser):
    """Says the flags that there are where one is unknown."""

    def __init__(self, domain: Domain) -> None:
        description = f"Edits photos of {domain.name}: a file, or all photos of a folder and the folders in it."
        usage = "%(prog)s IN OUT --ATTRIBUTE ... [options]"
        super().__init__(_PROGRAM, usage, description, allow_abbrev=False)
        self.domain = domain

    def attributes(self) -> str:
        """The flags of the domain's attributes, for people."""
        return ", ".join(f"--{flag(name)}" for name in self.domain.attributes)


def read_place(arguments: Sequence[str]) -> Place:
    """Where photos are to be edited: the rest of the command line depends on it."""
    parser = argparse.ArgumentParser(_PROGRAM, add_help=False, allow_abbrev=False)
    _add_place(parser)
    place, _ = parser.parse_known_args(arguments)
    return Place(place.domain, place.url)


def make_parser(domain: Domain) -> Parser:
    """The command line for a domain."""
    parser = Parser(domain)
    parser.add_argument("source", metavar="IN", type=Path, help="a photo (JPEG, PNG, WebP, HEIC), or a folder")
    parser.add_argument("target", metavar="OUT", type=Path, help="file whose ending says the format, or folder")
    _add_place(parser)
    parser.add_argument("--strength", type=_strength, default=1.0, help="0 the photo itself, 1 as trained, up to 2")
    parser.add_argument("--face", type=_face, default="all", help="all, or one: 0 is the largest (default: all)")
    parser.add_argument(
        "--aligned", action="store_true", help="photos are framed like the training data: find no faces"
    )
    parser.add_argument("--format", choices=FORMATS, help="of the results (default: as the photos, JPEG for HEIC)")
    parser.add_argument(
        "--release", metavar="DIGEST", help="pins a release by the first 12 digits of its digest or more"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there, IN itself if it is OUT")
    group = parser.add_argument_group(f"attributes of {domain.name}")
    for name in domain.attributes:
        _add_attribute(parser, group.add_mutually_exclusive_group(), name)
    return parser


def read_wish(parser: Parser, arguments: Sequence[str]) -> Line:
    """What a command line says; ends the program where it cannot be understood."""
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        _refuse(parser, f"there is no {unknown[0]!r} here")
    change = dict(options.change or ())
    if not change:
        _refuse(parser, "say what to change")
    try:
        check_change(parser.domain, change)
    except AttributeChangeError as error:
        parser.error(str(error))
    wish = Wish(change, options.strength, options.face, options.aligned, options.release)
    return Line(options.source, options.target, options.format, options.overwrite, wish)


def flag(name: str) -> str:
    """The flag of an attribute, without dashes: Black_Hair is black-hair; set-... where it is an option's."""
    words = re.sub(r"[\W_]+", "-", name.lower()).strip("-")
    return f"set-{words}" if words in _OPTIONS else words


def opposite(flag: str) -> str:
    """The flag that takes away: of smiling no-smiling, of no-beard beard."""
    return flag.removeprefix("no-") if flag.startswith("no-") else f"no-{flag}"


def _refuse(parser: Parser, sentence: str) -> NoReturn:
    parser.error(f"{sentence}; the attributes of {parser.domain.name} are {parser.attributes()}")


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--domain", default="faces", help="what the photos show: faces, seasons, ... (default: faces)")
    parser.add_argument(
        "--url",
        help="of a running service that is to edit them, with the key in INIT_KEY if it asks for one (default: here)",
    )


def _add_attribute(parser: Parser, group: argparse._MutuallyExclusiveGroup, name: str) -> None:
    domain, positive = parser.domain, flag(name)
    others = ", ".join(other for other in domain.group(name) if other != name)
    clears = f"; clears {others}" if others else ""
    group.add_argument(
        f"--{positive}", dest="change", action="append_const", const=(name, True), help=f"{name}{clears}"
    )
    taken = {flag(other) for other in domain.attributes}
    if domain.kind == "attributes" and opposite(positive) not in taken:
        group.add_argument(f"--{opposite(positive)}", dest="change", action="append_const", const=(name, False))


def _strength(text: str) -> float:
    if re.fullmatch(r"\d*\.?\d+", text) and float(text) <= 2:
        return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 2")


def _face(text: str) -> int | Literal["all"]:
    if text == "all" or text.isdecimal():
        return "all" if text == "all" else int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is neither all nor the number of a face, counted from 0")
