"""An HTTP/1.1 client that controls every byte and sees when each arrives."""
import json
import socket
import time

from . import tap


class Reply:
    """Status, headers and body of a reply; body grows as read() is called."""

    def __init__(self, sock, started):
        self.sock = sock
        self.started = started
        self.buffer = b""
        self.status = 0
        self.reason = ""
        self.headers = []
        self.body = b""
        self.pieces = []       # (seconds since the request, bytes)
        self.ended = False
        self.broken = False    # it broke off before its end
        self.left = None       # bytes that Content-Length still announces

    def header(self, name, default=None):
        """The first header of this name."""
        for one, value in self.headers:
            if one.lower() == name.lower():
                return value
        return default

    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    def text(self):
        """What an OpenAI chat completion says, streamed or not."""
        if "event-stream" not in (self.header("content-type") or ""):
            return self.json()["choices"][0]["message"]["content"]
        said = ""
        for event in self.events():
            if event != "[DONE]":
                for choice in json.loads(event).get("choices", []):
                    said += choice.get("delta", {}).get("content") or ""
        return said

    def events(self):
        """The data of each server-sent event so far."""
        found = []
        for line in self.body.decode("utf-8", "replace").splitlines():
            if line.startswith("data:"):
                found.append(line[5:].strip())
        return found

    def receive(self):
        """More bytes into the buffer; whether there were any."""
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return bool(data)

    def line(self):
        """The next line, without its end; None at the end of input."""
        while b"\n" not in self.buffer:
            if not self.receive():
                return None
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def read_head(self):
        """Status and headers, past any 100 Continue."""
        while True:
            line = self.line()
            if line is None:
                self.ended = self.broken = True
                return self
            parts = line.decode("latin-1").split(" ", 2)
            self.status = int(parts[1])
            self.reason = parts[2] if len(parts) > 2 else ""
            self.headers = []
            while True:
                line = self.line()
                if not line:
                    break
                name, value = line.decode("latin-1").split(":", 1)
                self.headers.append((name, value.strip()))
            if self.status != 100:
                break
        length = self.header("content-length")
        self.left = int(length) if length is not None else None
        if self.status in (204, 304) or self.left == 0:
            self.ended = True
        return self

    def is_chunked(self):
        return "chunked" in (self.header("transfer-encoding") or "").lower()

    def keep(self, data):
        self.body += data
        self.pieces.append((time.monotonic() - self.started, data))
        return data

    def end(self, broken=False):
        self.ended = True
        self.broken = self.broken or broken
        return b""

    def read_chunk(self):
        line = self.line()
        if line is None:
            return self.end(broken=True)
        size = int(line.split(b";")[0] or b"0", 16)
        while len(self.buffer) < size + 2:
            if not self.receive():
                self.keep(self.buffer)
                return self.end(broken=True)
        data, self.buffer = self.buffer[:size], self.buffer[size + 2:]
        return self.keep(data) if size else self.end()

    def read(self):
        """The next piece of the body; b"" at its end."""
        if self.ended:
            return b""
        if self.is_chunked():
            return self.read_chunk()
        if not self.buffer and not self.receive():
            return self.end(broken=bool(self.left))
        data, self.buffer = self.buffer, b""
        if self.left is not None:
            data, self.buffer = data[:self.left], data[self.left:]
            self.left -= len(data)
            if self.left == 0:
                self.ended = True
        return self.keep(data)

    def read_until(self, part):
        """Reads until the body holds the part; whether it does."""
        while part not in self.body and not self.ended:
            self.read()
        return part in self.body

    def finish(self):
        """Reads to the end and closes."""
        while not self.ended:
            self.read()
        self.close()
        return self

    def close(self):
        """Leaves, at whatever point."""
        self.sock.close()


def connect(port, timeout=tap.PATIENCE, host="127.0.0.1"):
    """A connection."""
    return socket.create_connection((host, port), timeout=timeout)


def encode(method, target, headers=(), body=b"", port=80):
    """A request's bytes; Host, Content-Length and Connection are added unless
    given.  A header whose value is None is left out."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode("utf-8")
    pairs = list(headers.items() if isinstance(headers, dict) else headers)
    names = {name.lower() for name, _ in pairs}
    if "host" not in names:
        pairs.insert(0, ("Host", "127.0.0.1:%d" % port))
    if body and "content-length" not in names and \
            "transfer-encoding" not in names:
        pairs.append(("Content-Length", str(len(body))))
    if "connection" not in names:
        pairs.append(("Connection", "close"))
    head = "%s %s HTTP/1.1\r\n" % (method, target)
    for name, value in pairs:
        if value is not None:
            head += "%s: %s\r\n" % (name, value)
    return head.encode("latin-1") + b"\r\n" + body


def begin(port, method, target, headers=(), body=b"",
          timeout=tap.PATIENCE):
    """Sends a request; the reply's head has been read, its body has not."""
    sock = connect(port, timeout)
    started = time.monotonic()
    try:
        sock.sendall(encode(method, target, headers, body, port))
    except (BrokenPipeError, ConnectionResetError):
        pass  # the server answered before it had all of it
    return Reply(sock, started).read_head()


def request(port, method, target, headers=(), body=b"",
            timeout=tap.PATIENCE):
    """Sends a request; the whole reply."""
    return begin(port, method, target, headers, body, timeout).finish()


def raw(port, data, timeout=tap.PATIENCE, shut=False):
    """Sends these bytes; the whole reply (shut: no more bytes will come)."""
    sock = connect(port, timeout)
    started = time.monotonic()
    try:
        sock.sendall(data)
        if shut:
            sock.shutdown(socket.SHUT_WR)
    except (BrokenPipeError, ConnectionResetError):
        pass
    return Reply(sock, started).read_head().finish()
