"""Rival (ii): LitServe with dynamic batching. `python -m tools.rivals.lit RELEASE DOMAIN PORT [--batch 8] [...]`.

On a GPU it runs in bfloat16, as the service does there.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import litserve
import torch
from fastapi import Request, Response
from torch import Tensor

from tools.rivals.work import Order, Work


class Api(litserve.LitAPI):  # type: ignore[misc]  # it has no types
    """LitServe's words: decode, batch, predict, unbatch, encode."""

    def __init__(self, release: Path, domain: str, batch: int, wait: float, threads: int) -> None:
        super().__init__(max_batch_size=batch, batch_timeout=wait, api_path=f"/v1/{domain}/translate")
        self._release, self._threads = release, threads

    def setup(self, device: str) -> None:
        torch.set_num_threads(self._threads)
        self._work = Work(self._release, device, half=device.startswith("cuda"))

    def decode_request(self, request: Request) -> Order:  # named so, LitServe hands over the form
        return self._work.open(request["image"].file.read(), request["attributes"])

    def batch(self, inputs: Sequence[Order]) -> Sequence[Order]:
        return inputs

    def predict(self, x: Sequence[Order] | Order) -> list[tuple[Order, Tensor]]:
        orders = [x] if isinstance(x, Order) else x  # it does not batch where a batch is one
        return list(zip(orders, self._work.edit(orders), strict=True))

    def unbatch(self, output: list[tuple[Order, Tensor]]) -> list[tuple[Order, Tensor]]:
        return output

    def encode_response(self, output: Any) -> Response:
        order, after = output[0] if isinstance(output, list) else output
        return Response(self._work.close(order, after), media_type="image/jpeg")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", type=Path)
    parser.add_argument("domain")
    parser.add_argument("port", type=int)
    parser.add_argument("--batch", type=int, default=8, help="max_batch_size")
    parser.add_argument("--wait", type=float, default=0.0, help="batch_timeout, in seconds")
    parser.add_argument("--workers", type=int, default=1, help="workers_per_device")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of torch in each worker")
    options = parser.parse_args()
    api = Api(options.release, options.domain, options.batch, options.wait, options.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    # No timeout: the others have none, and it would answer late requests with errors.
    server = litserve.LitServer(api, device, devices=1, workers_per_device=options.workers, timeout=False)
    server.run("127.0.0.1", options.port, log_level="warning", generate_client_file=False)


if __name__ == "__main__":
    main()
