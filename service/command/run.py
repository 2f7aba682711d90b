"""Edits many photos at once, each whole or not at all."""

import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from types import FrameType

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
    """Edits photos, and puts down in `outcome` how it went. After Ctrl-C those in hand are still finished.

    Raises KeyboardInterrupt where Ctrl-C is pressed again before they are.
    """
    threads, lock = ThreadPoolExecutor(editor.at_once, "photo"), Lock()

    def work(task: Task) -> None:
        try:
            made_by = _edit(task, editor)
        except Exception as error:  # an unreadable file, a full disk: whatever befalls one photo fails it alone
            with lock:
                _note(error, task, outcome)
        else:
            with lock:
                outcome.done += 1
                outcome.made_by.add(made_by)

    with _heed_ctrl_c(outcome):
        try:
            futures = [threads.submit(work, task) for task in tasks]
            with tqdm(as_completed(futures), total=len(futures), unit=" photos", disable=None) as progress:
                for _ in progress:
                    if outcome.stopped or outcome.interrupted:
                        break
            threads.shutdown(wait=True, cancel_futures=True)
        finally:  # of a second Ctrl-C: those in hand are not waited for
            threads.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _heed_ctrl_c(outcome: Outcome) -> Iterator[None]:
    """While inside, the first Ctrl-C is put down in `outcome`, and the next raises as ever.

    Python drops what is raised in a destructor or a weak reference's callback, which is where a signal may meet it.
    """
    before = signal.getsignal(signal.SIGINT)

    def note(_number: int, _frame: FrameType | None) -> None:
        outcome.interrupted = True
        signal.signal(signal.SIGINT, before)

    if before is not signal.SIG_IGN:  # in a shell's background it isn't meant
        signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _edit(task: Task, editor: Editor) -> str:
    """Edits one photo; what made the edit."""
    data, made_by = editor.edit(task.source.read_bytes(), task.format)
    task.target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(task.target) as file:
        file.write(data)
    return made_by


def _note(error: Exception, task: Task, outcome: Outcome) -> None:
    if not isinstance(error, Refused):
        outcome.failed[task.source] = f"{type(error).__name__}: {error}."
    elif error.of_all:
        outcome.stopped = str(error)
    else:
        outcome.failed[task.source] = str(error)
