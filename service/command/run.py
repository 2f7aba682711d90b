"""Edits many photos at once, each whole or not at all."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from service.client.answers import whole_file
from service.command.editors import Editor, Refused
from service.command.photos import Task


@dataclass
class Outcome:
    """How it went.

    Attributes:
        done: how many photos were edited.
        made_by: by what.
        failed: why the others were not.
        stopped: what kept the rest from being tried.
        interrupted: whether the user did.
    """

    done: int = 0
    made_by: set[str] = field(default_factory=set)
    failed: dict[Path, str] = field(default_factory=dict)
    stopped: str | None = None
    interrupted: bool = False


def run(tasks: Sequence[Task], editor: Editor, outcome: Outcome) -> None:
    """Edits photos, and puts down in `outcome` how it went. After Ctrl-C those in hand are still finished."""
    threads, futures = ThreadPoolExecutor(editor.at_once, "photo"), dict[Future[str], Task]()
    try:
        for task in tasks:
            futures[threads.submit(_edit, task, editor)] = task
        with tqdm(as_completed(futures), total=len(futures), unit=" photos", disable=None) as progress:
            for future in progress:
                if _is_hopeless(future):
                    break
    except KeyboardInterrupt:
        outcome.interrupted = True
    finally:
        threads.shutdown(wait=True, cancel_futures=True)
    for future, task in futures.items():
        if not future.cancelled():
            _note(future, task, outcome)


def _edit(task: Task, editor: Editor) -> str:
    """Edits one photo; what made the edit."""
    data, made_by = editor.edit(task.source.read_bytes(), task.format)
    task.target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(task.target) as file:
        file.write(data)
    return made_by


def _is_hopeless(future: Future[str]) -> bool:
    error = future.exception()
    return isinstance(error, Refused) and error.of_all


def _note(future: Future[str], task: Task, outcome: Outcome) -> None:
    try:
        outcome.made_by.add(future.result())
        outcome.done += 1
    except Refused as error:
        if error.of_all:
            outcome.stopped = str(error)
        else:
            outcome.failed[task.source] = str(error)
    except Exception as error:  # an unreadable file, a full disk: whatever befalls one photo fails it alone
        outcome.failed[task.source] = f"{type(error).__name__}: {error}."
