"""A relay between the clients and the web server that changes nothing and
keeps a copy of each request."""
import socket
import threading

from lib.upstream import Request


def read_requests(data):
    """The whole requests at the start of the bytes, and the rest."""
    found = []
    while b"\r\n\r\n" in data:
        head, rest = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = [tuple(part.strip() for part in line.split(":", 1))
                   for line in lines[1:]]
        length = int({name.lower(): value for name, value in headers}
                     .get("content-length", "0"))
        if len(rest) < length:
            break
        method, target, _ = lines[0].split(" ", 2)
        found.append(Request(method, target, headers, rest[:length],
                             head + b"\r\n\r\n" + rest[:length]))
        data = rest[length:]
    return found, data


class Tee:
    """The relay; use it in a with statement."""

    def __init__(self, port):
        self.target = port
        self.journal = []
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self.ending = False

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ending = True
        # Closing alone would not wake accept().
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while not self.ending:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.upwards, args=(client, server),
                             daemon=True).start()
            threading.Thread(target=self.downwards, args=(server, client),
                             daemon=True).start()

    def upwards(self, client, server):
        rest = b""

        def keep(data):
            nonlocal rest
            found, rest = read_requests(rest + data)
            self.journal += found
        relay(client, server, keep)

    def downwards(self, server, client):
        relay(server, client, lambda data: None)


def relay(source, sink, keep):
    """Passes bytes on until either side ends."""
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            keep(data)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
