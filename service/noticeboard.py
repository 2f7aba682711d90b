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
        number: of this process.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self._folder, self._number = folder, number

    def put(self, text: bytes) -> None:
        """Has the others tell this from now on, in Prometheus' text format."""
        new = self._folder / f"{self._number}.new"
        new.write_bytes(text)
        new.replace(self._folder / f"{self._number}.txt")

    def merged(self, own: bytes) -> bytes:
        """This process's counts and the others' last ones, each series with the label "process"."""
        texts = {path.stem: path.read_text() for path in self._folder.glob("*.txt")} | {str(self._number): own.decode()}
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Several(texts))
        return generate_latest(registry)


class _Several(Collector):
    """The series of several texts, by family, as the format wants them."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for number, text in sorted(self._texts.items()):
            for read in text_string_to_metric_families(text):
                family = families.setdefault(read.name, Metric(read.name, read.documentation, read.type))
                family.samples += [each._replace(labels={LABEL: number, **each.labels}) for each in read.samples]
        yield from families.values()
