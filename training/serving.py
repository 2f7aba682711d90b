"""The commands that say which release is served: promote, rollback, releases. A running service sees it at once."""

import json
import sys
from argparse import Namespace

from .registry import Registry


def promote(arguments: Namespace) -> None:
    """Makes a release the one that is served."""
    registry = Registry(arguments.releases)
    with registry.changing(arguments.domain):
        made = registry.promote(arguments.domain, arguments.name)
    print(f"{made.domain.name} is served from {made.name} ({made.digest[:12]}).")
    body = json.dumps({"name": made.name})
    print(
        "Its scores were not compared with those of the release before, and no log says who did this. A running "
        f"service does both:\ncurl http://127.0.0.1:8000/v1/{made.domain.name}/promote --json '{body}'",
        file=sys.stderr,
    )


def rollback(arguments: Namespace) -> None:
    """Goes back to the release that was promoted before."""
    registry = Registry(arguments.releases)
    with registry.changing(arguments.domain):
        made = registry.roll_back(arguments.domain)
    print(f"{made.domain.name} is served from {made.name} ({made.digest[:12]}) again.")


def releases(arguments: Namespace) -> None:
    """Lists a domain's releases; a star marks the one that is served."""
    registry = Registry(arguments.releases)
    current = registry.promoted_name(arguments.domain)
    for each in registry.releases(arguments.domain):
        print(f"{'*' if each.name == current else ' '} {each.name}  {each.digest[:12]}  {each.size[0]}x{each.size[1]}")
