#!/usr/bin/env python3
"""Recall goes on whatever became of a vault's generation and its vectors."""
import os
import re
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import embeddings
from lib import tap
from lib import upstream
from lib.stack import Both, wait_until
from lib.vaults import Vault

tests = tap.Plan()

MODEL = "test-embedder"
DIMENSIONS = 64
TOPICS = embeddings.by_topic({"dog", "beagle", "puppy", "pet"})
FACT = "We took in a beagle from the shelter."
WORDS = "Who was in the shelter, a beagle?"
MEANING = "Do I have a puppy?"


class Stacks:
    """A stack with an endpoint for vectors."""

    def __init__(self):
        self.endpoint = upstream.Upstream()
        self.endpoint.default = embeddings.good(DIMENSIONS, make=TOPICS)
        self.both = Both(conf=[
            "embedding = http", "embedding_model = " + MODEL, "workers = 1",
            "embedding_url = " + self.endpoint.url])

    def __enter__(self):
        self.endpoint.__enter__()
        try:
            return self.both.__enter__()
        except BaseException:
            self.endpoint.__exit__()
            raise

    def __exit__(self, *_):
        self.both.__exit__()
        self.endpoint.__exit__()


def filled(stack, count=70):
    """A vault with a generation that has the fact as its row 1."""
    vault = Vault(stack)
    vault.add([FACT])
    vault.add(["On day %d it rained on the roof." % i for i in range(count)])
    vault.wait_learned()
    vault.build()
    tap.equal(vault.manifest()["items"], str(count + 1), "in the generation")
    return vault


def recalled(vault, up, question=WORDS):
    """Whether the fact goes up with a question."""
    return FACT in vault.ask(up, question)[1]


@tests.test
def what_is_deleted_is_never_injected_though_the_generation_has_it(both):
    stack, up = both
    vault = filled(stack)
    for question in (WORDS, MEANING):
        tap.check(recalled(vault, up, question), "before: " + question)
    before = vault.generation()
    vault.purge([1])
    for question in (WORDS, MEANING):
        tap.check(not recalled(vault, up, question), "after: " + question)
        tap.lacks(vault.found(question), FACT, "search")
    # Also when nobody moved an epoch: what is gone is not fetched.
    vault.add([FACT])
    vault.wait_learned()
    tap.check(recalled(vault, up), "said again")
    stack.sql("DELETE FROM memory WHERE vault_id = %d AND text = '%s'"
              % (vault.id, FACT))
    tap.check(not recalled(vault, up), "gone without a trace")
    wait_until("the learner builds another one",
               lambda: vault.generation() != before)
    tap.check(not recalled(vault, up), "with the new generation")


@tests.test
def a_damaged_generation_is_set_aside_and_built_again(both):
    stack, up = both
    vault = filled(stack)
    tap.check(recalled(vault, up), "before")
    names = sorted(os.listdir(os.path.join(vault.folder(), "current")))
    tap.check(len(names) >= 3, "files", names)
    for name in names:
        before = vault.generation()
        path = os.path.join(vault.folder(), "current", name)
        with open(path, "r+b") as file:
            size = os.path.getsize(path)
            for at in {3, size // 2, size - 2}:
                file.seek(at)
                byte = file.read(1)
                file.seek(at)
                file.write(bytes([byte[0] ^ 0x55]))
        # The worker has the old one open; a new one opens what is there.
        stack.stop()
        stack.start()
        tap.check(recalled(vault, up), "with a damaged " + name)
        wait_until("another generation after damage of " + name,
                   lambda: vault.generation() not in (None, before))
        tap.check(recalled(vault, up), "built again after " + name)
        tap.check(re.search(r"warn (segment|learner) .*set aside",
                            stack.log()), "the log tells of it")
        tap.check([one for one in os.listdir(vault.folder())
                   if one.startswith("bad-")], "set aside",
                  os.listdir(vault.folder()))


@tests.test
def a_generation_that_is_gone_is_done_without(both):
    stack, up = both
    vault = filled(stack)
    os.unlink(os.path.join(vault.folder(), "current"))
    for question in (WORDS, MEANING):
        tap.check(recalled(vault, up, question), question)
    vault.add(["One more line."])
    vault.wait_learned()
    tap.check(recalled(vault, up), "with a row behind it")


@tests.test
def a_vault_without_vectors_goes_by_words(both):
    stack, up = both
    vault = filled(stack)
    stack.must("reindex", "--vault", str(vault.id), "--words")
    tap.equal(vault.manifest()["vectors"], "0", "vectors")
    tap.check(recalled(vault, up), "by words")
    tap.equal(vault.search(WORDS, explain=True)["explain"]["vectors"], False,
              "vectors in the answer")
    vault.add(["A later line of a pet in the shelter."])
    tap.check(recalled(vault, up), "with rows behind it")


@tests.test
def vectors_of_another_dimension_are_not_used(both):
    stack, up = both
    vault = filled(stack)
    vault.add(["We also have a parrot, a pet with feathers."])
    vault.wait_learned()
    ((seq,),) = stack.sql("SELECT MAX(seq) FROM memory WHERE vault_id = %d"
                          % vault.id)
    wrong = struct.pack("<%de" % (DIMENSIONS + 8),
                        *([0.5] * (DIMENSIONS + 8))).hex()
    for text in (wrong, wrong[:40], wrong[:2], ""):
        stack.sql("UPDATE embedding SET vector = UNHEX('%s') WHERE vault_id "
                  "= %d AND seq = %s" % (text, vault.id, seq))
        stack.stop()
        stack.start()
        for question in (WORDS, MEANING):
            tap.check(recalled(vault, up, question), question)
        tap.contains("".join(vault.found("Is there a parrot?")), "parrot",
                     "by its words")
        vault.build()
        for question in (WORDS, MEANING):
            tap.check(recalled(vault, up, question), "built: " + question)


@tests.test
def a_small_session_is_searched_exactly_in_a_large_vault(both):
    stack, up = both
    vault = Vault(stack)
    vault.add(["A tiny start."])
    vault.wait_learned()
    ((model,),) = stack.sql("SELECT model_id FROM vault WHERE id = %d"
                            % vault.id)
    # What the learner would make of them, at once: any directions.
    with_vectors = "INSERT INTO embedding (vault_id, model_id, seq, vector, " \
        "created_at) SELECT vault_id, %s, seq, UNHEX(CONCAT(%s)), 1 FROM " \
        "memory WHERE vault_id = %d AND seq > 1" % (
            model, ", ".join("LPAD(HEX(FLOOR(RAND() * 256)), 2, '0'), "
                             "IF(RAND() < 0.5, '2C', 'AC')"
                             for _ in range(DIMENSIONS)), vault.id)
    stack.stop()
    stack.script("database")
    stack.read_env()
    vault.fill(30000)
    stack.sql("%s; UPDATE vault SET embedded_seq = next_seq - 1 WHERE id = %d"
              % (with_vectors, vault.id))
    stack.start()
    vault.add([FACT] + ["On day %d it rained." % i for i in range(9)],
              session="small")
    vault.wait_learned()
    vault.build()
    seen = vault.manifest()
    tap.equal((seen["items"], seen["vectors"]), ("30011", "30011"), "items")
    for question in (WORDS, MEANING):
        for scope in ("exclusive", "merged"):
            headers = {"X-Session-ID": "small", "X-Session-Scope": scope}
            _, sent = vault.ask(up, question, headers)
            tap.contains(sent, FACT, question)
        tap.check(vault.search(question, {"X-Session-ID": "small"},
                               explain=True)["explain"]["vectors"],
                  "by vectors")


tests.run(Stacks)
