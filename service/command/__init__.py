"""Edits photos from the command line, files and folders, in this process or by a running service.

python -m service translate portrait.jpg smiling.jpg --smiling
python -m service translate holiday/ edited/ --no-eyeglasses --strength 0.7
python -m service translate meadow.jpg winter.png --domain seasons --winter
python -m service translate holiday/ edited/ --smiling --url http://127.0.0.1:8000

The API key that the service at --url may ask for is read from INIT_KEY.
"""

import logging
import sys
from collections.abc import Sequence

from service.command.editors import Refused, describe, open_editor
from service.command.flags import make_parser, read_place, read_wish
from service.command.photos import Plan, make_plan
from service.command.run import Outcome, run
from service.settings import Settings

INTERRUPTED = 130  # what shells call Ctrl-C


def main(arguments: Sequence[str], settings: Settings) -> int:
    """Edits what the command line names: 0, 1 where a photo was not edited, 2 for a wrong line, 130 after Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        place = read_place(arguments)
        parser = make_parser(describe(place, settings))
        source, target, format, overwrite, wish = read_wish(parser, arguments)
        try:
            plan = make_plan(source, target, format, overwrite)
        except ValueError as error:
            parser.error(str(error))
        outcome = Outcome()
        if plan.tasks:
            with open_editor(place, settings, wish) as editor:
                run(plan.tasks, editor, outcome)
        return _report(plan, outcome)
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _report(plan: Plan, outcome: Outcome) -> int:
    """Says how it went; the exit code."""
    failed = plan.failed | outcome.failed
    parts = [f"{outcome.done} edited" + "".join(f" by {name}" for name in sorted(outcome.made_by)[:1])]
    if plan.skipped:
        parts.append(f"{plan.skipped} left as they were (--overwrite edits them anew)")
    if failed:
        parts.append(f"{len(failed)} failed:")
    lines = [", ".join(parts), *(f"  {path}: {reason}" for path, reason in sorted(failed.items()))]
    if outcome.interrupted:
        lines.append("Stopped; the same command goes on with what is left.")
    elif outcome.stopped:
        lines.append(f"Stopped: {outcome.stopped}")
    print("\n".join(lines), file=sys.stderr)
    return INTERRUPTED if outcome.interrupted else int(bool(failed or outcome.stopped))
