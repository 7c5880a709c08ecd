#!/usr/bin/env python3
"""The learner: vectors within a second, the right ones, whatever happens."""
import contextlib
import json
import math
import os
import random
import re
import resource
import signal
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import embeddings
from lib import tap
from lib.stack import Stack, owner_of, wait_until
from lib.upstream import Upstream

tests = tap.Plan()

MODEL = "test-embedder"
OTHER = "other-embedder"
DIMENSIONS = 8
SHORT_WORDS = 20         # memory/passage.h
DUE_ROWS = 64            # memory/learn_build.h
BATCH = 256              # memory/learner.h
LONG = " ".join("word%d" % i for i in range(30))


class Both:
    """An endpoint for embeddings and a stack that uses it."""

    def __init__(self):
        self.up = Upstream()
        self.stack = None

    def __enter__(self):
        self.up.__enter__()
        self.up.default = embeddings.good(DIMENSIONS)
        try:
            self.stack = Stack(conf=[
                "embedding = http", "embedding_model = " + MODEL,
                "embedding_url = " + self.up.url, "log_level = debug",
                "embedding_timeout_ms = 60000",
                "demo = on"])
            self.stack.__enter__()
        except BaseException:
            self.up.__exit__()
            raise
        return self.stack, self.up

    def __exit__(self, *_):
        self.stack.__exit__()
        self.up.__exit__()


# --- the database -----------------------------------------------------------

def new_vault(stack):
    """A key and the vault that it opens."""
    secret, key_id = stack.new_key()
    return secret, int(stack.sql(
        "SELECT vault_id FROM memory_key WHERE id = %d" % key_id)[0][0])


def add(stack, vault, texts, session=0, author=""):
    """Rows as a turn writes them, in one transaction."""
    def row(number, text):
        return ("(%d, @seq + %d, @seq + %d, %d, @seq, 0, 0, '%s', '%s', "
                "RANDOM_BYTES(32), 1, 1, 1, 'test')"
                % (vault, number, number, session, author, text))
    rows = [row(number, text) for number, text in enumerate(texts)]
    parts = ["INSERT INTO memory (vault_id, seq, id, session_id, turn, "
             "position, role, author, text, content_hash, tokens, "
             "occurred_at, created_at, source) VALUES "
             + ", ".join(rows[i:i + 500]) for i in range(0, len(rows), 500)]
    stack.sql("BEGIN; UPDATE vault SET epoch = epoch + 1, memory_count = "
              "memory_count + %d, next_seq = LAST_INSERT_ID(next_seq + %d) "
              "WHERE id = %d; SET @seq = LAST_INSERT_ID() - %d; %s; COMMIT"
              % (len(rows), len(rows), vault, len(rows), "; ".join(parts)))


def purge(stack, vault, seqs):
    """Deletes rows as the product would."""
    stack.sql("BEGIN; UPDATE vault SET epoch = epoch + 1, purge_epoch = "
              "purge_epoch + 1 WHERE id = %d; DELETE FROM memory WHERE "
              "vault_id = %d AND seq IN (%s); COMMIT"
              % (vault, vault, ", ".join(str(seq) for seq in seqs)))


def state(stack, vault):
    """(next_seq, embedded_seq, name of the model)"""
    row = stack.sql("SELECT v.next_seq, v.embedded_seq, m.name FROM vault v "
                    "LEFT JOIN model m ON m.id = v.model_id WHERE v.id = %d"
                    % vault)[0]
    return int(row[0]), int(row[1]), row[2]


def is_learned(stack, vault):
    """Every row has its vector, under a model that is known."""
    next_seq, embedded_seq, _ = state(stack, vault)
    return embedded_seq >= next_seq - 1


def wait_learned(stack, vault):
    """Waits for that."""
    wait_until("vault %d is learned" % vault,
               lambda: is_learned(stack, vault))


def vectors(stack, vault, model=MODEL):
    """{seq: numbers} under this model."""
    rows = stack.sql("SELECT e.seq, HEX(e.vector) FROM embedding e JOIN model "
                     "m ON m.id = e.model_id WHERE e.vault_id = %d AND m.name "
                     "= '%s'" % (vault, model))
    return {int(seq): struct.unpack("<%de" % (len(text) // 4),
                                    bytes.fromhex(text))
            for seq, text in rows}


def passages(stack, vault):
    """{seq: what is to be embedded}: memory/passage.h, in other words."""
    rows = [(int(seq), session, author, text, role)
            for seq, session, author, text, role
            in stack.sql("SELECT seq, session_id, author, text, role "
                         "FROM memory WHERE vault_id = %d ORDER BY id" %
                         vault)]

    def line(row):
        return "%s: %s" % (row[2] or ("User", "Assistant")[int(row[4])],
                           row[3])
    out = {}
    for row in rows:
        same = [other for other in rows if other[1] == row[1]]
        at = same.index(row)
        lines = [row]
        if row[2] and len(row[3].split()) < SHORT_WORDS:
            lines = same[max(0, at - 1):at + 1]
        out[row[0]] = "\n".join(line(one) for one in lines)
    return out


def check_vectors(stack, vault, model=MODEL, dimensions=DIMENSIONS):
    """Each row has exactly the vector of its passage."""
    seen = vectors(stack, vault, model)
    wanted = passages(stack, vault)
    tap.equal(sorted(seen), sorted(wanted), "rows with vectors")
    for seq, text in wanted.items():
        numbers = embeddings.vector(text, dimensions)
        size = math.sqrt(sum(n * n for n in numbers))
        if any(abs(n / size - s) > 0.002
               for n, s in zip(numbers, seen[seq])):
            raise tap.Failed("row %d has another vector than that of: %s"
                             % (seq, text))


def distinct(name, count):
    """Long texts, no two the same."""
    return ["%s %d %s" % (name, i, LONG) for i in range(count)]


# --- the disk ---------------------------------------------------------------

def folder(stack, vault):
    """Where a vault's generations lie."""
    return os.path.join(stack.env["STATE_DIR"], "vaults",
                        "%02x" % (vault & 255), str(vault))


def manifest(stack, vault):
    """The current generation as {name: value}, or None."""
    try:
        with open(os.path.join(folder(stack, vault), "current",
                               "MANIFEST")) as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return None
    return dict(line.split(" ", 1) for line in lines if " " in line)


def want(stack, vault):
    """Asks for a generation as a worker does."""
    wanted = os.path.join(stack.env["STATE_DIR"], "wanted")
    facts = os.stat(stack.env["STATE_DIR"])
    if not os.path.isdir(wanted):
        os.mkdir(wanted)
        os.chown(wanted, facts.st_uid, facts.st_gid)
    path = os.path.join(wanted, str(vault))
    with open(path + ".new", "w"):
        pass
    os.chown(path + ".new", facts.st_uid, facts.st_gid)
    os.rename(path + ".new", path)  # the learner takes it away


def wait_built(stack, vault, **wanted):
    """Waits for a generation with these values."""
    def find():
        seen = manifest(stack, vault) or {}
        return all(seen.get(name) == str(value)
                   for name, value in wanted.items()) and seen
    return wait_until("a generation of vault %d with %s" % (vault, wanted),
                      find)


# --- processes --------------------------------------------------------------

def niceness(pid):
    """How far a process steps back; -1: it is gone."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            return int(file.read().rsplit(")", 1)[1].split()[16])
    except FileNotFoundError:
        return -1


def learner(stack):
    """The process id of the stack's learner, which steps back, or None."""
    pids = sorted(stack.workers(), key=niceness)
    if pids and niceness(pids[-1]) > niceness(stack.master):
        return pids[-1]
    return None


def begin_admin(stack, *words):
    """memoryrouter-admin in the background."""
    return subprocess.Popen(
        [stack.build("memoryrouter-admin"), "--config",
         stack.env["CONF_FILE"]] + list(words), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, cwd=stack.run_dir,
        preexec_fn=owner_of(stack.run_dir))


@contextlib.contextmanager
def without_learner(stack):
    """The stack's learner stands still while it holds nothing."""
    pid = wait_until("there is a learner", lambda: learner(stack))

    def stopped():
        os.kill(pid, signal.SIGSTOP)
        held = stack.sql(
            "SELECT 1 FROM information_schema.innodb_trx LIMIT 1")
        if held:
            os.kill(pid, signal.SIGCONT)
        return not held
    wait_until("the learner is idle", stopped)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def texts_asked(up):
    """All texts that were to be embedded since the journal was emptied."""
    return [text for request in up.journal
            for text in embeddings.texts(request)]


def odd(dimensions):
    """Vectors of so many numbers, whatever was asked for."""
    def script(x):
        asked = x.request.json()
        asked.pop("dimensions", None)
        x.request.body = json.dumps(asked).encode()
        return embeddings.good(dimensions)(x)
    return script


# --- tests ------------------------------------------------------------------

@tests.test
def a_turn_soon_has_its_vectors(both):
    stack, _ = both
    secret, vault = new_vault(stack)
    slowest = 0
    for number in range(5):
        reply = stack.chat("demo/echo", "My cat number %d is called Tom and "
                           "sleeps all day." % number, secret)
        tap.equal(reply.status, 200, "status")
        stack.settled(reply)
        begin = time.monotonic()
        wait_learned(stack, vault)
        slowest = max(slowest, time.monotonic() - begin)
    # Within a second where nothing else runs, and before any sweep.
    tap.note("slowest: %d ms" % (slowest * 1000))
    tap.check(slowest < 30, "soon", slowest)
    tap.equal(state(stack, vault)[2], MODEL, "the vault's model")
    check_vectors(stack, vault)


@tests.test
def short_lines_are_embedded_with_the_line_before(both):
    stack, _ = both
    _, vault = new_vault(stack)
    add(stack, vault, ["When do we leave?", "On Tuesday."], 1, "Ann")
    add(stack, vault, ["Alone in another session."], 2)
    wait_learned(stack, vault)
    check_vectors(stack, vault)
    for number in range(4):
        add(stack, vault, ["Line %d." % number], 1, "Bob")
        wait_learned(stack, vault)
        check_vectors(stack, vault)
    add(stack, vault, ["So far. " + LONG, "Then."], 1)
    add(stack, vault, ["Not alone any more."], 2)
    wait_learned(stack, vault)
    check_vectors(stack, vault)


@tests.test
def what_changes_or_goes_leaves_the_vectors_of_lines_behind_it(both):
    stack, _ = both
    secret, vault = new_vault(stack)
    add(stack, vault, ["Where is the boat?", "In Oslo.", "Not any more.",
                       "Since May."], 1, "Ann")
    add(stack, vault, ["Elsewhere.", "Else."], 2, "Bob")
    wait_learned(stack, vault)
    check_vectors(stack, vault)
    before = vectors(stack, vault)
    ids = [one[0] for one in stack.sql(
        "SELECT id FROM memory WHERE vault_id = %d ORDER BY id" % vault)]
    for method, number, body, changed in (
            ("PATCH", ids[1], {"content": "In Bergen."}, 2),
            ("DELETE", ids[1], b"", 1), ("DELETE", ids[0], b"", 1),
            ("DELETE", ids[5], b"", 0)):
        reply = stack.request(method, "/v1/memories/" + number,
                              stack.usual(secret), body)
        tap.equal(reply.status, 200, "status of %s" % method)
        wait_learned(stack, vault)
        check_vectors(stack, vault)
        seen = vectors(stack, vault)
        tap.equal(len(set(seen) - set(before)), changed, "new vectors")
        before = seen
    count = stack.sql("SELECT memory_count, (SELECT COUNT(*) FROM memory m "
                      "WHERE m.vault_id = vault.id) FROM vault WHERE id = %d"
                      % vault)
    tap.equal(count, [["3", "3"]], "memories that are counted")


@tests.test
def context_is_right_across_the_borders_of_batches(both):
    stack, _ = both
    _, vault = new_vault(stack)
    with without_learner(stack):
        for part in range(4):
            add(stack, vault, ["Line %d of part %d." % (i, part)
                               for i in range(150)], part % 2)
    wait_learned(stack, vault)
    check_vectors(stack, vault)


@tests.test
def a_text_that_the_endpoint_refuses_is_passed_over(both):
    stack, up = both
    _, vault = new_vault(stack)
    up.default = embeddings.picky(["poison"], DIMENSIONS)
    try:
        add(stack, vault, distinct("good", 20) +
            ["Here is poison. " + LONG] + distinct("better", 20))
        wait_learned(stack, vault)
    finally:
        up.default = embeddings.good(DIMENSIONS)
    seen = vectors(stack, vault)
    tap.equal(sorted(seen), [seq for seq in range(1, 42) if seq != 21],
              "rows with vectors")
    log = stack.log()
    tap.check(re.search(r"memory_refused vault=%d seq=21\b" % vault, log),
              "the log names it")
    tap.lacks(log, "poison", "the log")


@tests.test
def empty_texts_and_a_megabyte_do_no_harm(both):
    stack, _ = both
    _, vault = new_vault(stack)
    add(stack, vault, ["", " ", "x" * (1 << 20), LONG])
    wait_learned(stack, vault)
    tap.equal(sorted(vectors(stack, vault)), [3, 4],
              "vectors: of what is something")
    _, vault = new_vault(stack)
    add(stack, vault, [""])
    wait_learned(stack, vault)
    tap.equal(vectors(stack, vault), {}, "nothing to embed, no vector")


@tests.test
def a_large_backlog_keeps_no_small_vault_waiting(both):
    stack, up = both
    _, large = new_vault(stack)
    smalls = [new_vault(stack)[1] for _ in range(3)]
    up.forget()
    up.default = embeddings.good(DIMENSIONS, delay=0.2)
    try:
        add(stack, large, distinct("large", 6000))
        wait_until("the large one is begun", lambda: "User: large 0 " + LONG
                   in texts_asked(up))
        for small in smalls:
            add(stack, small, distinct("small%d" % small, 3))
            before = len(texts_asked(up))
            wait_learned(stack, small)
            rest = texts_asked(up)[before:]
            waited = rest.index(first_of(small)) if first_of(small) in rest \
                else 0
            tap.note("rows of the large one meanwhile: %d" % waited)
            tap.check(waited <= 3 * BATCH, "it did not wait long", waited)
    finally:
        up.default = embeddings.good(DIMENSIONS)
    wait_learned(stack, large)
    asked = texts_asked(up)
    tap.check(asked.index("User: large 5999 " + LONG) > max(
        asked.index(first_of(small)) for small in smalls),
              "the large one went on")


def first_of(small):
    """The first passage of a small vault."""
    return "User: small%d 0 %s" % (small, LONG)


@tests.test
def while_the_endpoint_is_away_rows_wait_and_it_is_said_once(both):
    stack, up = both
    _, vault = new_vault(stack)
    before = stack.log()
    up.default = embeddings.changed(lambda text: "no", DIMENSIONS)
    try:
        add(stack, vault, distinct("away", 3))
        time.sleep(3)
        tap.check(not is_learned(stack, vault), "the rows wait")
        done = stack.admin("learn", "--json")
        tap.equal((done.code, done.json()["behind"]), (1, 3),
                  "learn says how many are behind")
    finally:
        up.default = embeddings.good(DIMENSIONS)
    wait_learned(stack, vault)
    check_vectors(stack, vault)
    said = re.findall(r"warn learner .*", stack.log()[len(before):])
    tap.check(len(said) <= 2, "the log is not filled", said)


@tests.test
def a_generation_is_built_when_it_is_due(both):
    stack, _ = both
    _, vault = new_vault(stack)
    add(stack, vault, distinct("due", DUE_ROWS - 1))
    wait_learned(stack, vault)
    time.sleep(0.5)
    tap.equal(manifest(stack, vault), None, "one row is missing still")
    add(stack, vault, distinct("more", 1))
    wait_built(stack, vault, items=DUE_ROWS, vectors=DUE_ROWS)
    add(stack, vault, distinct("again", 10))
    wait_learned(stack, vault)
    time.sleep(0.5)
    wait_built(stack, vault, items=DUE_ROWS)
    add(stack, vault, distinct("enough", DUE_ROWS - 10))
    wait_built(stack, vault, items=2 * DUE_ROWS)


@tests.test
def a_worker_can_ask_for_a_generation(both):
    stack, _ = both
    _, vault = new_vault(stack)
    add(stack, vault, distinct("wanted", 5))
    wait_learned(stack, vault)
    want(stack, vault)
    want(stack, 987654321)
    wait_built(stack, vault, items=5, vectors=5)
    wait_until("nothing is wanted any more", lambda: not os.listdir(
        os.path.join(stack.env["STATE_DIR"], "wanted")))
    check_vectors(stack, vault)


@tests.test
def what_was_deleted_leaves_the_generation(both):
    stack, _ = both
    _, vault = new_vault(stack)
    add(stack, vault, distinct("kept", 80))
    wait_built(stack, vault, items=80)
    purge(stack, vault, [3, 4, 80])
    want(stack, vault)
    wait_built(stack, vault, items=77, vectors=77)
    check_vectors(stack, vault)
    # Without a worker that asks, the sweep finds it.
    purge(stack, vault, [5])
    stack.must("learn")
    wait_built(stack, vault, items=76, vectors=76)
    # And what is left of a vault that is gone.
    stack.sql("DELETE FROM vault WHERE id = %d" % vault)
    stack.must("learn")
    tap.check(not os.path.exists(folder(stack, vault)), "its folder is gone")
    tap.equal(stack.sql("SELECT 1 FROM learner_claim WHERE vault_id = %d"
                        % vault), [], "its claim")


@tests.test
def a_damaged_generation_is_built_again(both):
    stack, _ = both
    _, vault = new_vault(stack)
    add(stack, vault, distinct("damaged", 70))
    wait_built(stack, vault, items=70)
    current = os.path.join(folder(stack, vault), "current")
    for name in sorted(os.listdir(current)):
        before = os.readlink(current)
        with without_learner(stack):  # or it may find the damage first
            with open(os.path.join(current, name), "r+b") as file:
                file.seek(3)
                byte = file.read(1)
                file.seek(3)
                file.write(bytes([byte[0] ^ 32]))
            done = stack.admin("learn")
        tap.contains(done.err, "vault %d" % vault, "what learn says")
        wait_built(stack, vault, items=70, vectors=70)
        tap.check(os.readlink(current) != before, "%s: another one" % name)


@tests.test
def a_full_disk_leaves_the_old_generation(both):
    stack, _ = both
    _, vault = new_vault(stack)
    add(stack, vault, distinct("disk", 70))
    before = wait_built(stack, vault, items=70)
    current = os.readlink(os.path.join(folder(stack, vault), "current"))

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        owner_of(stack.run_dir)()
    done = subprocess.run(
        [stack.build("memoryrouter-admin"), "--config",
         stack.env["CONF_FILE"], "reindex", "--vault", str(vault)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=stack.run_dir, preexec_fn=limited, timeout=tap.PATIENCE,
        check=False)
    tap.equal(done.returncode, 1, "exit status")
    tap.contains(done.stderr, "File too large", "the message")
    tap.equal(manifest(stack, vault), before, "the generation")
    tap.equal(sorted(os.listdir(folder(stack, vault))),
              sorted([current, "current", "lock"]), "nothing is left over")
    stack.must("reindex", "--vault", str(vault))
    tap.check(os.readlink(os.path.join(folder(stack, vault), "current"))
              != current, "the next one works")


@tests.test
def rows_deleted_while_they_are_embedded_get_no_vector(both):
    stack, up = both
    _, vault = new_vault(stack)
    purged, answer = threading.Event(), embeddings.good(DIMENSIONS)
    up.default = lambda x: purged.wait(tap.PATIENCE) and answer(x)
    try:
        add(stack, vault, distinct("gone", 4))
        wait_until("they are being embedded", lambda: any(
            "gone 3" in text for text in texts_asked(up)))
        purge(stack, vault, [2, 3])
        purged.set()
        wait_learned(stack, vault)
    finally:
        up.default = embeddings.good(DIMENSIONS)
    tap.equal(sorted(vectors(stack, vault)), [1, 4], "rows with vectors")


@tests.test
def learners_share_the_work(both):
    stack, up = both
    vaults = [new_vault(stack)[1] for _ in range(6)]
    second, answer = threading.Event(), embeddings.good(DIMENSIONS)

    def answer_two(x):
        # A learner asks once at a time: the first waits for another one.
        if len(up.journal) > 1:
            second.set()
        return second.wait(tap.PATIENCE) and answer(x)
    try:
        with without_learner(stack):
            for vault in vaults:
                add(stack, vault, distinct("shared by %d" % vault, 300))
            up.forget()
            up.default = answer_two
            runs = [begin_admin(stack, "learn", "--json") for _ in range(3)]
            done = [run.communicate(timeout=tap.PATIENCE) for run in runs]
    finally:
        up.default = embeddings.good(DIMENSIONS)
    for run, (out, err) in zip(runs, done):
        tap.equal(run.returncode, 0, "exit status: " + err)
        tap.contains(out, "embedded", "output")
    rows = [int(re.search(r'"embedded": ?(\d+)', out).group(1))
            for out, _ in done]
    tap.note("rows by learner: %s" % rows)
    tap.equal(sum(rows), 1800, "rows embedded by all of them")
    tap.check(sum(1 for count in rows if count > 0) > 1, "more than one did")
    asked = [text for text in texts_asked(up)
             if text.startswith("User: shared")]
    tap.equal(len(asked), 1800, "texts that were embedded")
    for vault in vaults:
        check_vectors(stack, vault)
        wait_built(stack, vault, items=300, vectors=300)


@tests.test
def conformance_137_killed_at_any_point_it_loses_nothing(both):
    stack, up = both
    vaults = [new_vault(stack)[1] for _ in range(3)]
    source = random.Random(5)
    over = threading.Event()
    errors = []

    def write():
        number = 0
        try:
            while not over.is_set():
                for vault in vaults:
                    number += 1
                    add(stack, vault, ["Line %d." % number] * 2 +
                        distinct("number %d" % number, 20), number % 3)
                time.sleep(0.05)
        except Exception as error: # shown by the test itself
            errors.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    kills = 0
    try:
        end = time.monotonic() + 8
        while time.monotonic() < end:
            run = begin_admin(stack, "learn")
            time.sleep(source.uniform(0.02, 0.4))
            pid = learner(stack) if kills % 4 == 0 else None
            for victim in [run.pid] + ([pid] if pid else []):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
            run.communicate()
            kills += 1
    finally:
        over.set()
        writer.join()
    tap.equal(errors, [], "errors of the writer")
    tap.note("%d kills, %d rows" % (kills, sum(
        state(stack, vault)[0] - 1 for vault in vaults)))
    for vault in vaults:
        wait_learned(stack, vault)
        check_vectors(stack, vault)
        want(stack, vault)
    stack.must("learn")
    for vault in vaults:
        rows = state(stack, vault)[0] - 1
        wait_until("the generation is whole", lambda: rows - int(
            (manifest(stack, vault) or {"items": 0})["items"]) < DUE_ROWS)
        seen = manifest(stack, vault)
        tap.equal(seen["vectors"], seen["items"], "vectors in it")
        tap.equal(seen["items"], seen["base_seq"], "rows in it")


@tests.test
def conformance_138_a_vault_gets_another_model_and_keeps_all_else(both):
    stack, _ = both
    _, vault = new_vault(stack)
    add(stack, vault, distinct("moved", 100) + ["Short."], 1)
    wait_built(stack, vault, name=MODEL)
    rows = "SELECT id, seq, text, occurred_at, created_at FROM memory " \
           "WHERE vault_id = %d ORDER BY seq" % vault
    before = stack.sql(rows)
    done = stack.must("reindex", "--vault", str(vault), "--model", OTHER)
    tap.equal(done["vaults"], 1, "vaults")
    check_vectors(stack, vault, OTHER)
    tap.equal(vectors(stack, vault, MODEL), {}, "vectors of the old model")
    tap.equal(manifest(stack, vault)["name"], OTHER, "the generation's model")
    tap.equal(stack.sql(rows), before, "its rows")
    # It stays with it, also for what comes later.
    add(stack, vault, distinct("later", 3), 1)
    wait_learned(stack, vault)
    time.sleep(0.5)
    tap.equal(state(stack, vault)[2], OTHER, "the vault's model")
    check_vectors(stack, vault, OTHER)
    stack.must("reindex", "--vault", str(vault), "--model", MODEL)
    check_vectors(stack, vault, MODEL)
    tap.equal(vectors(stack, vault, OTHER), {}, "vectors of the other model")
    stack.must("reindex", "--vault", str(vault), "--words")
    tap.equal(vectors(stack, vault, MODEL), {}, "vectors without a model")
    seen = manifest(stack, vault)
    tap.equal((seen["items"], seen["vectors"]), ("104", "0"), "words only")
    tap.equal(stack.sql(rows)[:101], before, "its rows")


@tests.test
def a_model_that_changes_all_the_time_leaves_no_mixture(both):
    stack, _ = both
    _, vault = new_vault(stack)
    add(stack, vault, distinct("flip", 600), 1)
    end = time.monotonic() + 5
    number = 0
    while time.monotonic() < end:
        runs = [begin_admin(stack, "reindex", "--vault", str(vault),
                            "--model", name) for name in (MODEL, OTHER)]
        runs.append(begin_admin(stack, "learn"))
        number += 1
        add(stack, vault, ["Turn %d." % number] * 3, 1)
        time.sleep(0.1 * (number % 5))
        if number % 3 == 0:
            os.kill(runs[0].pid, signal.SIGKILL)
        for run in runs:
            run.communicate()
        model = (manifest(stack, vault) or {"name": MODEL})["name"]
        tap.check(model in (MODEL, OTHER), "a generation's model", model)
    tap.note("%d changes, twice" % number)
    stack.must("reindex", "--vault", str(vault), "--model", OTHER)
    wait_learned(stack, vault)
    check_vectors(stack, vault, OTHER)
    seen = manifest(stack, vault)
    tap.equal((seen["name"], seen["vectors"]), (OTHER, seen["items"]),
              "the generation")
    stack.must("learn")
    tap.equal(vectors(stack, vault, MODEL), {}, "vectors of the old model")


@tests.test
def reindex_says_what_is_wrong(both):
    stack, _ = both
    for words in ([], ["--all", "--vault", "1"], ["--vault", "x"],
                  ["--all", "--words", "--model", "m"]):
        tap.equal(stack.admin("reindex", *words).code, 2, str(words))
    done = stack.admin("reindex", "--vault", "987654")
    tap.equal(done.code, 1, "exit status")
    tap.contains(done.err, "987654", "the message")


@tests.test
def another_model_in_the_configuration_moves_all_vaults(both):
    stack, up = both
    vaults = [new_vault(stack)[1] for _ in range(3)]
    for vault in vaults:
        add(stack, vault, distinct("all of %d" % vault, 70))
        wait_built(stack, vault, name=MODEL)
    up.default = embeddings.good(2 * DIMENSIONS)
    stack.reload("embedding_model = " + OTHER + "-2")
    try:
        for vault in vaults:
            wait_built(stack, vault, name=OTHER + "-2", vectors=70)
            wait_learned(stack, vault)
            check_vectors(stack, vault, OTHER + "-2", 2 * DIMENSIONS)
            wait_until("the old vectors are gone",
                       lambda: not vectors(stack, vault, MODEL))
    finally:
        up.default = embeddings.good(DIMENSIONS)
        stack.reload("embedding_model = " + MODEL)
    for vault in vaults:
        wait_built(stack, vault, name=MODEL, vectors=70)


@tests.test
def vectors_of_another_size_under_the_same_name_are_not_mixed_in(both):
    stack, up = both
    _, vault = new_vault(stack)
    add(stack, vault, distinct("size", 3))
    wait_learned(stack, vault)
    up.default = odd(DIMENSIONS + 1)
    pid = wait_until("there is a learner", lambda: learner(stack))
    try:
        os.kill(pid, signal.SIGKILL) # the next one knows no size yet
        wait_until("there is another learner",
                   lambda: learner(stack) not in (None, pid))
        add(stack, vault, distinct("other size", 3))
        wait_until("the log says it", lambda: re.search(
            r"learner .*%d numbers" % (DIMENSIONS + 1), stack.log()))
        tap.check(not is_learned(stack, vault), "the rows wait")
    finally:
        up.default = embeddings.good(DIMENSIONS)
    pid = learner(stack)
    os.kill(pid, signal.SIGKILL)
    wait_learned(stack, vault)
    check_vectors(stack, vault)


@tests.test
def without_embeddings_vaults_go_by_words(both):
    stack, up = both
    stack.reload("embedding = none")
    try:
        wait_until("the learner knows", lambda: "embedding = none" in
                   stack.log())
        _, vault = new_vault(stack)
        up.forget()
        add(stack, vault, distinct("words", 70))
        wait_learned(stack, vault)
        seen = wait_built(stack, vault, items=70)
        tap.equal(seen["vectors"], "0", "vectors")
        # A vault that was given a model of its own keeps it.
        tap.equal([text for text in texts_asked(up)
                   if text.startswith("User: words ")], [],
                  "texts that were embedded")
    finally:
        stack.reload("embedding = http")
    wait_built(stack, vault, items=70, vectors=70)
    check_vectors(stack, vault)


tests.run(Both)
