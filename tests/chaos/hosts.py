"""Two hosts: this machine, and a network namespace that shares its disk and its processors, and none of its sockets."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO

import pytest

NETWORK = f"10.213.{os.getpid() % 256}"  # another suite may run on the same machine


@dataclass(frozen=True)
class Host:
    """One of them.

    Attributes:
        address: at which the other reaches it.
        interface: that has it.
        within: the words before a command that make it run there.
    """

    address: str
    interface: str
    within: tuple[str, ...]

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], output: IO[bytes] | None = None
    ) -> "subprocess.Popen[bytes]":
        """Starts a command there, in a session of its own."""
        return subprocess.Popen(
            [*self.within, *command], env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip


@contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """This machine and another, with a cable between them; skips the test where the system does not allow that."""
    name = f"init{os.getpid() % 100_000}"
    here = Host(f"{NETWORK}.1", f"{name}a", ())
    there = Host(f"{NETWORK}.2", f"{name}b", ("ip", "netns", "exec", name))
    with ExitStack() as stack:
        _ip("netns", "add", name)
        stack.callback(_ip, "netns", "delete", name)  # and the cable with it
        _ip("link", "add", here.interface, "type", "veth", "peer", "name", there.interface, "netns", name)
        for host in (here, there):
            within = ("-n", name) if host is there else ()
            _ip(*within, "address", "add", f"{host.address}/24", "dev", host.interface)
            _ip(*within, "link", "set", host.interface, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield here, there


def _ip(*words: str) -> None:
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
        said = done.stderr.strip() if done.returncode else ""
    except FileNotFoundError:
        said = "there is no command `ip`"
    if said:
        pytest.skip(f"There cannot be two hosts here, network namespaces are not allowed: {said}")
