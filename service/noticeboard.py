"""Where the processes of one API put up what they have counted, so that whoever is asked can tell it of all of them."""

from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

LABEL = "process"


class Noticeboard:
    """One process's place on the board.

    Args:
        folder: the board, of all of them.
        name: of this process.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name

    def put(self, text: bytes) -> None:
        """Has the others tell this from now on, in Prometheus' text format."""
        new = self._folder / f"{self._name}.new"
        new.write_bytes(text)
        new.replace(self._folder / f"{self._name}.txt")

    def merged(self, own: bytes) -> bytes:
        """This process's counts and the others' last ones, each series with the label "process"."""
        texts = {path.stem: path.read_text() for path in self._folder.glob("*.txt")} | {self._name: own.decode()}
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Several(texts))
        return generate_latest(registry)


class _Several(Collector):
    """The series of several texts, by family, as the format wants them."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for name, text in sorted(self._texts.items()):
            for read in text_string_to_metric_families(text):
                family = families.setdefault(read.name, Metric(read.name, read.documentation, read.type))
                family.samples += [each._replace(labels={LABEL: name, **each.labels}) for each in read.samples]
        yield from families.values()
