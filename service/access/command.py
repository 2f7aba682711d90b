"""Makes, lists and revokes API keys; a secret is shown once, when its key is made.

python -m service keys create phone --scope translate
python -m service keys create studio --scope jobs --scope translate --per-minute 60 --quota 5000
python -m service keys list
python -m service keys revoke 1f2e3d4c
"""

import argparse
import sys
from collections.abc import Sequence

from service.access.keys import SCOPES, Keys
from service.access.ledger import Ledger
from service.jobs.database import Database
from service.jobs.models import Key
from service.settings import Settings


def main(arguments: Sequence[str], settings: Settings) -> int:
    """Does what the command line says; 0, or 1 where there is no such key."""
    options = make_parser().parse_args(arguments)
    database = Database(settings.database)
    database.migrate()
    keys = Keys(database)
    try:
        match options.do:
            case "create":
                _create(keys, options)
            case "list":
                _list(keys, Ledger(database))
            case _:
                key = keys.revoke(options.id)
                print(f"{key.id} ({key.name}) is refused within {settings.keys_seconds:g} s.")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        database.close()
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser("python -m service keys", description="API keys of this service's database.")
    commands = parser.add_subparsers(dest="do", required=True)
    create = commands.add_parser("create", help="makes a key and shows its secret, once")
    create.add_argument("name", metavar="NAME", type=_name, help="for people, such as whose it is")
    scopes = "; ".join(f"{scope}: {meaning}" for scope, meaning in SCOPES.items())
    create.add_argument("--scope", dest="scopes", action="append", choices=SCOPES, required=True, help=scopes)
    create.add_argument("--per-minute", type=_positive, metavar="N", help="requests (default: INIT_KEY_PER_MINUTE)")
    create.add_argument("--at-once", type=_positive, metavar="N", help="requests (default: INIT_KEY_AT_ONCE)")
    create.add_argument("--quota", type=_count, metavar="N", help="photos a day (default: INIT_KEY_QUOTA), 0: any")
    commands.add_parser("list", help="shows all keys, without their secrets")
    revoke = commands.add_parser("revoke", help="ends a key for good")
    revoke.add_argument("id", metavar="ID", help="as `list` shows it")
    return parser


def _create(keys: Keys, options: argparse.Namespace) -> None:
    scopes = [scope for scope in SCOPES if scope in options.scopes]
    key, secret = keys.create(options.name, scopes, options.per_minute, options.at_once, options.quota)
    print(f"Key {key.id} for {key.name}. This is its secret, which is shown only now:", file=sys.stderr)
    print(secret)  # alone on standard output, so that a script can take it


def _list(keys: Keys, ledger: Ledger) -> None:
    today = ledger.today()
    rows: list[tuple[str, ...]] = [
        ("id", "name", "scopes", "a minute", "at once", "photos a day", "today", "made", "revoked")
    ]
    rows += [_row(key, today.get(key.id, 0)) for key in keys.all()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(key: Key, photos: int) -> tuple[str, ...]:
    limits = ("default" if limit is None else str(limit) for limit in (key.per_minute, key.at_once, key.quota))
    revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
    return (
        key.id, key.name, ",".join(key.scopes), *limits, str(photos), f"{key.created_at:%Y-%m-%d %H:%M}", revoked
    )  # fmt: skip


def _name(text: str) -> str:
    if not text.isprintable() or not 0 < len(text.strip()) <= 100:
        raise argparse.ArgumentTypeError("a name has 1 to 100 characters")
    return text.strip()


def _positive(text: str) -> int:
    if (number := _count(text)) == 0:
        raise argparse.ArgumentTypeError("it has to be at least 1")
    return number


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 999999999")
    return int(text)
