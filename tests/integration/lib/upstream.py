"""A fake provider that records every byte it gets and does as scripted.

    with Upstream() as up:
        up.on("gpt-4o", upstream.chat("Hello."))
        ...
        up.journal[-1].body

A script is a function of an Exchange; it returns False to end the connection.
Which one runs: what next() queued, else the one of the model in the body,
else the default, which answers "Hello."
"""
import json
import socket
import threading
import time


class Request:
    """One request as it came."""

    def __init__(self, method, target, headers, body, raw):
        self.method = method
        self.target = target
        self.headers = headers    # [(name, value)], as sent
        self.body = body
        self.raw = raw
        self.gone = threading.Event()   # the other side left
        self.done = threading.Event()   # the script ended

    def header(self, name, default=None):
        """The first header of this name."""
        for one, value in self.headers:
            if one.lower() == name.lower():
                return value
        return default

    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    def model(self):
        """The model in the body, or None."""
        try:
            model = self.json().get("model")
        except (ValueError, AttributeError):
            return None
        return model if isinstance(model, str) else None

    def last_user_text(self):
        """The text of the last user message."""
        for message in reversed(self.json()["messages"]):
            if message["role"] == "user":
                content = message["content"]
                if isinstance(content, str):
                    return content
                return "\n".join(part["text"] for part in content
                                 if part.get("type") == "text")
        return ""


class Exchange:
    """A request and the connection on which to answer it."""

    def __init__(self, sock, request, upstream):
        self.sock = sock
        self.request = request
        self.upstream = upstream

    def send(self, data):
        """Sends bytes; whether the other side still listens."""
        try:
            self.sock.sendall(data)
            return True
        except OSError:
            self.request.gone.set()
            return False

    def wait(self, seconds):
        """Waits, but not longer than the other side stays."""
        self.sock.settimeout(max(seconds, 0.001))
        try:
            if self.sock.recv(1) == b"":
                self.request.gone.set()
        except (socket.timeout, TimeoutError):
            pass
        except OSError:
            self.request.gone.set()
        self.sock.settimeout(None)
        return not self.request.gone.is_set()


# --- scripts ----------------------------------------------------------------

def completion(text, model="gpt-4o", usage=(11, 7), **message):
    """A chat completion as OpenAI sends it."""
    said = {"role": "assistant", "content": text}
    said.update(message)
    return {
        "id": "chatcmpl-1", "object": "chat.completion",
        "created": 1700000000, "model": model,
        "choices": [{"index": 0, "message": said, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1],
                  "total_tokens": sum(usage)},
    }


def reply(status=200, body=b"", headers=(), type="application/json",
          delay=0):
    """A whole reply."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode("utf-8")

    def script(x):
        if delay and not x.wait(delay):
            return False
        head = "HTTP/1.1 %d Some Reason\r\nContent-Type: %s\r\n" \
               "Content-Length: %d\r\n" % (status, type, len(body))
        for name, value in headers:
            head += "%s: %s\r\n" % (name, value)
        return x.send(head.encode("latin-1") + b"\r\n" + body)
    return script


def chat(text="Hello.", **more):
    """A chat completion that says this."""
    return reply(200, completion(text), **more)


def chunk(delta, finish=None, **more):
    """One event of a streamed completion."""
    event = {"id": "chatcmpl-1", "object": "chat.completion.chunk",
             "created": 1700000000, "model": "gpt-4o",
             "choices": [{"index": 0, "delta": delta,
                          "finish_reason": finish}]}
    event.update(more)
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def stream_bytes(words, done=True):
    """A streamed completion: its events."""
    events = [chunk({"role": "assistant", "content": ""})]
    events += [chunk({"content": word}) for word in words]
    if done:
        events += [chunk({}, "stop"), b"data: [DONE]\n\n"]
    return events


def sse(pieces, delay=0, status=200, headers=(), before=None, end=True,
        gates=None, type="text/event-stream"):
    """A stream of these byte strings.

    delay   seconds before each but the first
    gates   events by index: wait for the event before that piece
    end     False: the connection is cut instead of ended
    """
    def script(x):
        if before and not x.wait(before):
            return False
        head = "HTTP/1.1 %d OK\r\nContent-Type: %s\r\n" \
               "Transfer-Encoding: chunked\r\n" % (status, type)
        for name, value in headers:
            head += "%s: %s\r\n" % (name, value)
        if not x.send(head.encode() + b"\r\n"):
            return False
        for number, piece in enumerate(pieces):
            if gates and number in gates:
                while not gates[number].is_set():
                    if not x.wait(0.02):
                        return False
            elif number and delay and not x.wait(delay):
                return False
            if not x.send(b"%x\r\n%s\r\n" % (len(piece), piece)):
                return False
        return x.send(b"0\r\n\r\n") if end else False
    return script


def words(text, **more):
    """A stream that says this, word by word."""
    parts = text.split(" ")
    return sse(stream_bytes([part + (" " if i + 1 < len(parts) else "")
                             for i, part in enumerate(parts)]), **more)


def raw(data, keep=False, delay=0):
    """These bytes, then the end of the connection."""
    def script(x):
        if delay and not x.wait(delay):
            return False
        return x.send(data) and keep
    return script


def close_early(x):
    """Ends the connection without a byte."""
    return False


def silent(seconds=600):
    """Sends nothing for so long."""
    def script(x):
        until = time.monotonic() + seconds
        while time.monotonic() < until and x.wait(0.5) and \
                not x.upstream.ending.is_set():
            pass
        return False
    return script


# --- the server -------------------------------------------------------------

class Upstream:
    """The server; use it in a with statement."""

    def __init__(self):
        self.journal = []
        self.lock = threading.Lock()
        self.scripts = {}
        self.queue = []
        self.default = chat("Hello.")
        self.ending = threading.Event()
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(512)
        self.port = self.listener.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self.sockets = set()

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        # Closing alone would not wake accept().
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self.lock:
            for sock in self.sockets:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def on(self, model, script):
        """What answers requests for this model from now on."""
        self.scripts[model] = script

    def next(self, *scripts):
        """What answers the next requests, one each."""
        with self.lock:
            self.queue.extend(scripts)

    def forget(self):
        """Empties the journal and the queue."""
        with self.lock:
            self.journal = []
            self.queue = []

    def last(self):
        """The newest request."""
        return self.journal[-1]

    def accept(self):
        while not self.ending.is_set():
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.sockets.add(sock)
            threading.Thread(target=self.serve, args=(sock,),
                             daemon=True).start()

    def serve(self, sock):
        try:
            rest = b""
            while not self.ending.is_set():
                request, rest = self.read(sock, rest)
                if not request or not self.answer(sock, request):
                    break
        except OSError:
            pass
        finally:
            with self.lock:
                self.sockets.discard(sock)
            sock.close()

    def read(self, sock, rest):
        while b"\r\n\r\n" not in rest:
            data = sock.recv(65536)
            if not data:
                return None, b""
            rest += data
        head, rest = rest.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = []
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers.append((name, value.strip()))
        length = int(dict((n.lower(), v) for n, v in headers)
                     .get("content-length", "0"))
        while len(rest) < length:
            data = sock.recv(1 << 20)
            if not data:
                return None, b""
            rest += data
        body, rest = rest[:length], rest[length:]
        return Request(method, target, headers, body,
                       head + b"\r\n\r\n" + body), rest

    def answer(self, sock, request):
        with self.lock:
            self.journal.append(request)
            script = self.queue.pop(0) if self.queue else None
        if not script:
            script = self.scripts.get(request.model(), self.default)
        try:
            return script(Exchange(sock, request, self)) is not False
        finally:
            request.done.set()
