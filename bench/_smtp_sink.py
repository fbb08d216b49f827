"""A mail server that takes every mail and forgets it; as little work as a server can do."""

import asyncio


class Sink(asyncio.Protocol):
    """count: a shared integer, the mails taken."""

    def __init__(self, count) -> None:
        self._count, self._in_text, self._left = count, False, b""

    def connection_made(self, transport) -> None:
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._left += data
        while True:
            mark = b"\r\n.\r\n" if self._in_text else b"\r\n"
            at = self._left.find(mark)
            if at < 0:
                return
            word = self._left[:4].upper()
            self._left = self._left[at + len(mark) :]
            self._transport.write(self._reply(word))

    def _reply(self, word: bytes) -> bytes:
        if self._in_text:
            self._in_text = False
            self._count.value += 1
            return b"250 taken\r\n"
        if word == b"DATA":
            self._in_text = True
            return b"354 go\r\n"
        return (
            b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n" if word == b"EHLO" else b"250 ok\r\n"
        )


def serve(port, count) -> None:
    """On a free port, which is put into `port`; until the process is ended."""

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: Sink(count), "127.0.0.1", 0)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(main())
