#!/usr/bin/env python3
"""What memories said before they were edited goes with them: out in the lines
of an export, and in again.  64-roundtrip.t does it with whole vaults."""
import json
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import roundtrip, tap
from lib.memory import Vault, lines, texts
from lib.stack import Both

tests = tap.Plan()
TALK = [("user", "Where shall we go in May?"),
        ("assistant", "To Lisbon, by train."),
        ("user", "Then I learn Portuguese.")]
KEPT_BYTES = 1 << 20  # of the versions of a memory


def edit(vault, number, **fields):
    return vault.ok("PATCH", "/v1/memories/%d" % number, fields)


def versions(vault, number):
    return vault.get("/v1/memories/%d/history" % number)["versions"]


def said(number, text="Version %d.", **more):
    """One version of a line."""
    return dict({"content": text % number, "replaced_at": 1000 * number},
                **more)


def moved(both, vault):
    """Two copies of the vault, by upload and by memoryrouter-admin."""
    copies = Vault(both[0]), Vault(both[0])
    body = vault.send("GET", "/v1/memory/export").body
    done = roundtrip.upload(copies[0], body)["stats"]
    tap.equal([done["stored"], done["failed"]], [body.count(b"\n"), 0],
              "what was uploaded")
    done = both[0].must("import", "-", "--key", str(copies[1].key_id),
                        input=body.decode())
    tap.equal([done["stored"], done["unusable"]], [body.count(b"\n"), 0],
              "what was imported")
    for copy in copies:
        roundtrip.check_rows(vault, copy)
    return copies


@tests.test
def n121_a_line_has_the_history_of_its_memory(both):
    vault = Vault(both[0])
    vault.ingest(TALK)
    plain = vault.export()
    tap.equal(["history" in one for one in plain], [False] * 3, "unedited")
    number = plain[1]["id"]
    edit(vault, number, content="To Porto, by ship.", role="user",
         timestamp=5000, metadata={"a": [1.50]}, name="Ann")
    edit(vault, number, content="To Faro.", name=None, metadata=None)
    line = vault.export()[1]
    tap.equal(line["history"], versions(vault, number), "history")
    tap.equal([(one["version"], one["content"], one["role"], one["name"],
                one["metadata"]) for one in line["history"]],
              [(1, "To Lisbon, by train.", "assistant", None, None),
               (2, "To Porto, by ship.", "user", "Ann", {"a": [1.5]})],
              "versions")
    tap.equal(vault.export()[::2], plain[::2], "the other lines")
    moved(both, vault)


@tests.test
def an_old_text_does_not_come_back_to_the_copy(both):
    vault = Vault(both[0])
    vault.ingest(TALK, session="trip")
    number = vault.named("Lisbon")
    edit(vault, number, content="To Porto, by train.")
    edit(vault, number, content="To Faro, by train.")
    for copy in moved(both, vault):
        before = copy.rows()
        copy.ingest(TALK, session="trip")
        copy.ingest([TALK[0], ("assistant", "To Porto, by train.")],
                    session="trip")
        tap.equal(copy.rows(), before, "rows")
        edit(copy, copy.named("Faro"), content="To Lagos.")
        tap.equal([one["version"] for one in
                   versions(copy, copy.named("Lagos"))], [1, 2, 3],
                  "it goes on counting")


@tests.test
def a_memory_keeps_its_newest_versions(both):
    """So many that it fits into a line, whatever is in them."""
    vault = Vault(both[0])
    vault.upload([
        {"content": "the many", "history": [said(n + 1)
                                            for n in range(1000)]},
        {"content": "the long"}])
    many, long = vault.named("the many"), vault.named("the long")
    edit(vault, many, content="the 1002nd")
    tap.equal([one["version"] for one in versions(vault, many)],
              list(range(2, 1002)), "the newest by number")
    wide = {"tag": "y" * 2000}
    for n in range(36):
        edit(vault, long, content="%d " % n + "\x01\\" * 15000, metadata=wide)
    kept = versions(vault, long)
    size = sum(len(one["content"].encode()) + len(json.dumps(wide))
               for one in kept)
    tap.check(KEPT_BYTES - 33000 < size <= KEPT_BYTES, "the newest by size",
              size)
    tap.equal([one["version"] for one in kept][-1], 36, "the last")
    copy, _ = moved(both, vault)
    edit(copy, copy.named("1002nd"), content="the 1003rd")
    tap.equal(versions(copy, copy.named("1003rd"))[-1]["version"], 1002,
              "the copy's next version")


@tests.test
def histories_are_more_than_a_page(both):
    """Of rows, of versions, and of bytes."""
    vault = Vault(both[0])
    vault.upload(
        [{"content": "Memory %d." % n,
          "history": [said(i + 1, "Memory %d, said %%d." % n)
                      for i in range(n % 13)]} for n in range(400)] +
        [{"content": "Memory %d." % n} for n in range(400, 600)] +
        [{"content": "Long memory %d." % n,
          "history": [said(i + 1, "%d " + "long " * 6000)
                      for i in range(30)]} for n in range(6)])
    found = vault.export()
    tap.equal([len(one.get("history", ())) for one in found],
              [n % 13 for n in range(400)] + [0] * 200 + [30] * 6, "versions")
    for n, one in enumerate(found[:400]):
        tap.equal(texts(one.get("history", ())),
                  ["Memory %d, said %d." % (n, i + 1) for i in range(n % 13)],
                  one["content"])
    moved(both, vault)


@tests.test
def a_line_is_whole_while_its_memory_is_edited(both):
    """What a line says is what its history leads to."""
    vault = Vault(both[0])
    vault.upload([{"content": "Edited 0 times."}] +
                 [{"content": "Line %d." % n} for n in range(300)])
    number = vault.named("Edited")
    ended = threading.Event()

    def go_on():
        for n in range(1, 400):
            if ended.is_set():
                break
            edit(vault, number, content="Edited %d times." % n)

    editor = threading.Thread(target=go_on)
    editor.start()
    try:
        for _ in range(60):
            (line,) = [one for one in vault.export() if "Edited" in
                       one["content"]]
            before = texts(line.get("history", ()))
            tap.equal(before + [line["content"]], [
                "Edited %d times." % n for n in range(len(before) + 1)],
                      "the line")
    finally:
        ended.set()
        editor.join()


@tests.test
def a_history_may_leave_out_what_a_memory_may(both):
    vault = Vault(both[0])
    text = "A long story, sentence after sentence. " * 100
    vault.upload([
        {"content": "Now.", "timestamp": 7000, "name": "Ann",
         "history": [{"content": " Before. ",
                      "replaced_at": "2026-11-23T19:30:00Z"}]},
        {"content": "Never edited.", "history": []},
        {"content": "Neither.", "history": None},
        {"content": text, "history": [said(3, version=3, more={"history": 1}),
                                      said(9, session_id="x")]}])
    found = vault.export()
    tap.equal(found[0]["history"], [
        {"version": 1, "content": "Before.", "role": "user", "name": None,
         "timestamp": 7000, "metadata": None, "replaced_at": 1795462200000}],
              "what is left out")
    tap.equal([("history" in one) for one in found[1:3]], [False] * 2, "none")
    tap.check(len(found) > 4, "a text in pieces", len(found))
    tap.equal([(one["version"], one["content"])
               for one in found[3]["history"]],
              [(3, "Version 3."), (4, "Version 9.")], "of the first piece")
    tap.equal([("history" in one) for one in found[4:]],
              [False] * (len(found) - 4), "of the others")
    moved(both, vault)


@tests.test
def metadata_as_deep_as_may_be_comes_back_from_a_history(both):
    vault = Vault(both[0])
    deep, deepest = {}, 127  # json_depth, but for the memory's own object
    for _ in range(deepest - 1):
        deep = {"a": deep}
    number = vault.post("/v1/memories", {"content": "Deep.",
                                         "metadata": deep})["id"]
    edit(vault, number, content="Not so deep.", metadata={})
    for copy in moved(both, vault):
        tap.equal(copy.export()[0]["history"][0]["metadata"], deep, "it")
    reply = vault.send("POST", "/v1/memory/upload", lines([
        {"content": "Too deep.", "metadata": {"a": deep}}]))
    tap.equal(reply.status, 400, "status of what is deeper")


tests.run(Both)
