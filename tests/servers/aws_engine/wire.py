"""A faulty connection to AWS."""

import socket
import threading
from urllib.parse import parse_qs


class LosesAnswers:
    """A wire to AWS that carries one request there and no answer back."""

    def __init__(self, url: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        self._aws = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.carried: dict[str, list[str]] = {}
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def close(self) -> None:
        self._thread.join(timeout=10)
        self._listener.close()

    def _carry(self) -> None:
        self._listener.settimeout(10)
        client, _ = self._listener.accept()
        with client, socket.create_connection(self._aws, timeout=10) as aws:
            head, body = _request(client)
            self.carried = parse_qs(body.decode())
            aws.sendall(head + body)
            aws.recv(1)  # once it answers, AWS has done it


def _request(client: socket.socket) -> tuple[bytes, bytes]:
    with client.makefile("rb") as stream:
        head = b"".join(iter(stream.readline, b"\r\n")) + b"\r\n"
        length = next(
            int(line.split(b":")[1])
            for line in head.splitlines()
            if line.lower().startswith(b"content-length:")
        )
        return head, stream.read(length)
