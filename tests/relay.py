"""A relay of TCP that falls silent as a network does: nothing arrives any more, and nobody is told."""

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class Relay:
    """Passes on what is sent to its own `port` and what is answered, as long as the block lasts."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._era, self._silent = 0, False
        self.port = 0

    def fall_silent(self) -> None:
        """From now on nothing is passed on; connections stay open, new ones are taken on."""
        self._silent = True
        self._era += 1

    def speak(self) -> None:
        """New connections are passed on again. Those from before stay open, and silent for ever."""
        self._era += 1
        self._silent = False

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(30)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> None:
        self._over = asyncio.Event()
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        self._over.set()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        era = -1 if self._silent else self._era
        ends = [writer]
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            ends.append(back)
            await asyncio.gather(self._pump(reader, back, era), self._pump(there, writer, era))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in ends:
                end.close()
            await asyncio.gather(*(end.wait_closed() for end in ends), return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, era: int) -> None:
        with suppress(OSError):
            while data := await reader.read(2**16):
                if era == self._era:
                    writer.write(data)
                    await writer.drain()
        if era != self._era:
            await self._over.wait()  # nor is it told that the other side has closed
        writer.close()
