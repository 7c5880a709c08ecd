"""Vaults that a test fills and asks.

    vault = Vault(stack)
    vault.add(["I have a dog."], age_hours=50)
    vault.search("dog")["results"]
"""
import os
import time

from . import tap
from .stack import wait_until

ROLES = {"user": 0, "assistant": 1}
HOUR_MS = 3600 * 1000


def now_ms():
    """As the database counts."""
    return int(time.time() * 1000)


def quoted(text):
    """A string of SQL."""
    return "'%s'" % text.replace("\\", "\\\\").replace("'", "''")


class Vault:
    """A new key and the vault that it opens."""

    def __init__(self, stack, email=None):
        self.stack = stack
        self.key, self.key_id = stack.new_key(email)
        self.id = int(stack.sql("SELECT vault_id FROM memory_key WHERE id = "
                                "%d" % self.key_id)[0][0])

    # --- filling ------------------------------------------------------------

    def session(self, name):
        """The number of a session of this name, made if there is none."""
        if not name:
            return 0
        self.stack.sql("INSERT IGNORE INTO session (vault_id, name, "
                       "created_at) VALUES (%d, %s, 1)"
                       % (self.id, quoted(name)))
        return int(self.stack.sql(
            "SELECT id FROM session WHERE vault_id = %d AND name = %s"
            % (self.id, quoted(name)))[0][0])

    def write(self, count, insert):
        """One commit of `count` rows; @seq is the first one's."""
        self.stack.sql(
            "BEGIN; UPDATE vault SET epoch = epoch + 1, memory_count = "
            "memory_count + %d, next_seq = LAST_INSERT_ID(next_seq + %d) "
            "WHERE id = %d; SET @seq = LAST_INSERT_ID() - %d; INSERT INTO "
            "memory (vault_id, seq, id, session_id, turn, position, role, "
            "author, text, content_hash, tokens, occurred_at, created_at, "
            "source) %s; COMMIT" % (count, count, self.id, count, insert))

    def add(self, texts, age_hours=0, at_ms=None, session="", role="user",
            author=""):
        """Rows as a turn writes them, said so long ago or then."""
        at_ms = at_ms or now_ms() - int(age_hours * HOUR_MS)
        rows = ["(%d, @seq + %d, @seq + %d, %d, @seq, 0, %d, %s, %s, "
                "RANDOM_BYTES(32), 10, %d, %d, 'test')"
                % (self.id, i, i, self.session(session), ROLES[role],
                   quoted(author), quoted(text), at_ms + i, at_ms)
                for i, text in enumerate(texts)]
        self.write(len(rows), "VALUES " + ", ".join(rows))

    def fill(self, count, words="Line number %s of the great pile."):
        """Many rows that differ in a number, made by the database."""
        before, after = words.split("%s")
        self.write(count, "SELECT %d, @seq + seq, @seq + seq, 0, @seq, 0, "
                   "0, '', CONCAT(%s, seq, %s), RANDOM_BYTES(32), 10, "
                   "%d + seq, 1, 'test' FROM seq_0_to_%d"
                   % (self.id, quoted(before), quoted(after), now_ms() -
                      count, count - 1))

    def remember(self, text, **headers):
        """A turn that is stored and nothing else."""
        reply = self.stack.chat("openai/gpt-4o", text, self.key, dict({
            "X-Memory-Mode": "write", "X-Memory-Store-Response": "false"},
            **{name.replace("_", "-"): value
               for name, value in headers.items()}))
        tap.equal(reply.status, 200, "status")
        self.stack.settled(reply)
        return reply

    def purge(self, seqs):
        """Deletes rows as the product does."""
        self.stack.sql(
            "BEGIN; UPDATE vault SET epoch = epoch + 1, purge_epoch = "
            "purge_epoch + 1 WHERE id = %d; DELETE FROM memory WHERE "
            "vault_id = %d AND seq IN (%s); COMMIT"
            % (self.id, self.id, ", ".join(str(seq) for seq in seqs)))

    # --- asking -------------------------------------------------------------

    def post(self, body, key=None, headers=None):
        """POST /v1/memory/search; the reply."""
        return self.stack.request("POST", "/v1/memory/search",
                                  self.stack.usual(key or self.key, headers),
                                  body)

    def search(self, query, headers=None, **fields):
        """What it answers; it has to work."""
        reply = self.post(dict({"query": query}, **fields), headers=headers)
        tap.equal(reply.status, 200, "status: %s" % reply.body)
        return reply.json()

    def found(self, query, headers=None, **fields):
        """The texts that are found, best first."""
        return [one["content"] for one in
                self.search(query, headers, **fields)["results"]]

    def ask(self, up, text, headers=None, **fields):
        """A question that is not stored: (reply, text that went up)."""
        reply = self.stack.chat("openai/gpt-4o", text, self.key, dict({
            "X-Memory-Mode": "read"}, **(headers or {})), **fields)
        tap.equal(reply.status, 200, "status")
        return reply, up.last().body.decode()

    # --- what the learner does ----------------------------------------------

    def is_learned(self):
        """Every row has its vector or will have none."""
        return self.stack.sql("SELECT behind FROM vault WHERE id = %d"
                              % self.id) == [["0"]]

    def wait_learned(self):
        """Waits for that."""
        wait_until("vault %d is learned" % self.id, self.is_learned)

    def folder(self):
        """Where its generations lie."""
        return os.path.join(self.stack.env["STATE_DIR"], "vaults",
                            "%02x" % (self.id & 255), str(self.id))

    def manifest(self):
        """The current generation as {name: value}; empty: none."""
        try:
            with open(os.path.join(self.folder(), "current",
                                   "MANIFEST")) as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            return {}
        return dict(line.split(" ", 1) for line in lines if " " in line)

    def generation(self):
        """The name of the current one, or None."""
        try:
            return os.readlink(os.path.join(self.folder(), "current"))
        except FileNotFoundError:
            return None

    def build(self):
        """A generation of all that it has now."""
        self.stack.must("reindex", "--vault", str(self.id))

    def wait_built(self, **wanted):
        """Waits for a generation with these values in its manifest."""
        def find():
            seen = self.manifest()
            return all(seen.get(name) == str(value)
                       for name, value in wanted.items()) and seen
        return wait_until("a generation of vault %d with %s"
                          % (self.id, wanted), find)
