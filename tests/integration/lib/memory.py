"""A key and its vault, for tests of the memory endpoints."""
import json
from urllib.parse import quote

from . import tap


def texts(memories):
    """What memories say."""
    return [one["content"] for one in memories]


def lines(entries):
    """Entries as the body of an upload."""
    return "".join(json.dumps(one) + "\n" for one in entries).encode()


class Vault:
    """One key with a vault of its own."""

    def __init__(self, stack, email=None):
        self.stack = stack
        self.key, self.key_id = stack.new_key(email)
        ((number,),) = stack.sql("SELECT vault_id FROM memory_key "
                                 "WHERE id = %d" % self.key_id)
        self.id = int(number)

    def send(self, method, target, body=None, headers=None, key=None,
             **more):
        """An exchange; a body that is no bytes is sent as JSON."""
        if body is None:
            body = b""
        elif not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.stack.request(method, target,
                                  self.stack.usual(key or self.key, headers),
                                  body, **more)

    def ok(self, method, target, body=None, session=None, **more):
        """The JSON of a good reply."""
        headers = {"X-Session-ID": session} if session else {}
        reply = self.send(method, target, body, headers, **more)
        tap.check(200 <= reply.status < 300, "status of %s %s: %d"
                  % (method, target, reply.status), reply.body)
        return reply.json()

    def get(self, target, **more):
        return self.ok("GET", target, **more)

    def post(self, target, body, **more):
        return self.ok("POST", target, body, **more)

    def ingest(self, talk, **more):
        """Remembers [(role, text)]."""
        return self.post("/v1/memory/ingest", {"messages": [
            {"role": role, "content": text} for role, text in talk]}, **more)

    def upload(self, entries, **more):
        """Uploads dictionaries."""
        return self.post("/v1/memory/upload", lines(entries), **more)

    def prepare(self, question, **more):
        return self.post("/v1/memory/prepare", {"messages": [
            {"role": "user", "content": question}]}, **more)

    def search(self, query, **more):
        """The memories found."""
        session = more.pop("session", None)
        return self.post("/v1/memory/search", dict(more, query=query),
                         session=session)["memories"]

    def list(self, query=""):
        """A page of memories."""
        return self.get("/v1/memories" + query)

    def named(self, text):
        """The id of the memory that has this text in it."""
        (one,) = self.list("?text=" + quote(text))["memories"]
        return one["id"]

    def export(self):
        """All memories, as dictionaries."""
        reply = self.send("GET", "/v1/memory/export")
        tap.equal(reply.status, 200, "status of the export")
        return [json.loads(line) for line in reply.body.splitlines()]

    def rows(self):
        """[(role, text)] of the vault in order."""
        return self.stack.memories(self.key_id)
