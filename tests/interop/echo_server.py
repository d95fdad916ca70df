"""A WebSocket server made with Python's `websockets`, for the tests in this folder.

    echo_server.py [CERTIFICATE.pem KEY.pem]

listens on a free port of 127.0.0.1, with TLS if a certificate is given, and prints one JSON object a line: first
the port, then, for each connection at its end, its path and the Close that was received. It ends when its standard
input does. The path of a connection says how it behaves; see BEHAVIOURS.
"""

import asyncio
import contextlib
import json
import ssl
import sys

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed


def report(**facts):
    print(json.dumps(facts, ensure_ascii=False), flush=True)


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def echo_in_fragments(socket):
    async for message in socket:
        third = max(1, len(message) // 3)
        await socket.send([message[:third], message[third : 2 * third], message[2 * third :]])


async def tell_headers(socket):
    await socket.send(json.dumps({name.lower(): value for name, value in socket.request.headers.raw_items()}))
    await socket.wait_closed()


async def ping(socket):
    await (await socket.ping("are you there"))
    await socket.send("the pong came")
    await socket.wait_closed()


async def close(socket):
    await socket.close(4001, "that was all")


async def end_stream(socket):
    """FIN, with TLS behind a close_notify, but no Close frame."""
    await socket.recv()
    socket.transport.close()


async def cut_stream(socket):
    """No Close frame and no close_notify either."""
    await socket.recv()
    socket.transport.abort()


BEHAVIOURS = {
    "/echo": echo,
    "/fragments": echo_in_fragments,
    "/headers": tell_headers,
    "/ping": ping,
    "/close": close,
    "/end": end_stream,
    "/cut": cut_stream,
}


async def serve_connection(socket):
    path = socket.request.path
    with contextlib.suppress(ConnectionClosed):
        await BEHAVIOURS[path](socket)
    await socket.wait_closed()
    report(path=path, code=socket.close_code, reason=socket.close_reason)


def tls(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def main(arguments):
    server = await serve(
        serve_connection,
        "127.0.0.1",
        0,
        ssl=tls(*arguments) if arguments else None,
        # The package's own choice refuses clients that offer none.
        select_subprotocol=lambda _, offered: "chat" if "chat" in offered else None,
        ping_interval=None,
        max_size=None,
    )
    report(port=server.sockets[0].getsockname()[1])
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main(sys.argv[1:]))
