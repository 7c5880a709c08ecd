#!/usr/bin/env python3
"""memoryrouter-admin: export, import, forget, stats."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.memory import Vault, texts
from lib.stack import Both

tests = tap.Plan()


def words(vault):
    return ("--key", str(vault.key_id))


@tests.test
def n121_what_is_exported_is_imported_without_loss(both):
    stack, _ = both
    vault, copy = Vault(stack), Vault(stack)
    vault.upload([{"content": "Fact %d: %s" % (n, "word " * (n % 40)),
                   "role": ["user", "assistant"][n % 2],
                   "timestamp": 10 ** 12 + n, "name": "Ann" if n % 7 else "",
                   "session_id": "s%d" % (n % 5) if n % 3 else "",
                   "metadata": {"n": n}} for n in range(3000)])
    done = stack.admin("export", *words(vault))
    tap.equal(done.code, 0, "exit status: " + done.err)
    tap.equal(done.out.encode(), vault.send("GET",
                                            "/v1/memory/export").body,
              "the same as by HTTP")
    result = stack.must("import", "-", *words(copy), input=done.out)
    tap.equal([result["read"], result["stored"], result["unusable"]],
              [3000, 3000, 0], "result")
    again = [json.loads(line) for line in
             stack.admin("export", *words(copy)).out.splitlines()]
    for one, other in zip(again, [json.loads(line)
                                  for line in done.out.splitlines()]):
        for entry in (one, other):
            for name in ("id", "turn"):
                del entry[name]
        tap.equal(one, other, "line")
    for question in ("Fact 31", "Fact 2911 word"):
        found = [[(one["content"], one["score"])
                  for one in each.search(question, session="s1")]
                 for each in (vault, copy)]
        tap.check(found[0], "something is found")
        tap.equal(found[1], found[0], "search for " + question)


@tests.test
def files_of_other_systems_are_imported_once(both):
    stack, _ = both
    mem0 = {"results": [
        {"id": "1", "memory": "Likes tea", "created_at":
         "2025-07-01T10:00:00.123456-07:00", "metadata": {"a": 1}},
        {"id": "2", "memory": "Has a dog", "metadata": None},
        {"id": "3", "event": "x"}]}
    supermemory = {"memories": [
        {"id": "1", "content": "Likes tea", "createdAt":
         "2025-07-01T10:00:00Z"}, {"id": "2", "content": "Has a dog"}]}
    chatgpt = [{"title": "Pets", "mapping": {
        "root": {"message": None},
        "b": {"message": {"author": {"role": "assistant"},
                          "create_time": 1700000002.5, "content": {
                              "content_type": "text",
                              "parts": ["Nice dog."]}}},
        "a": {"message": {"author": {"role": "user"},
                          "create_time": 1700000001.5, "content": {
                              "content_type": "text",
                              "parts": ["I have", {"x": 1}, "a dog."]}}},
        "t": {"message": {"author": {"role": "tool"}, "content": {
            "parts": ["secret"]}}}}}]
    for kind, text, expected, unusable in (
            ("mem0", json.dumps(mem0), [("user", "Likes tea"),
                                        ("user", "Has a dog")], 1),
            ("mem0", json.dumps(mem0["results"][:2]),
             [("user", "Likes tea"), ("user", "Has a dog")], 0),
            ("supermemory", json.dumps(supermemory),
             [("user", "Likes tea"), ("user", "Has a dog")], 0),
            ("chatgpt", json.dumps(chatgpt),
             [("user", "I have\na dog."), ("assistant", "Nice dog.")], 0),
            ("text", "One\nline.\n\n \nTwo.\r\n\nThree.",
             [("user", "One\nline."), ("user", "Two."),
              ("user", "Three.")], 0)):
        vault = Vault(stack)
        result = stack.must("import", "-", "--from", kind, *words(vault),
                            input=text)
        tap.equal(vault.rows(), expected, "rows of " + kind)
        tap.equal(result["unusable"], unusable, "unusable of " + kind)
        result = stack.must("import", "-", "--from", kind, *words(vault),
                            input=text)
        tap.equal([result["stored"], result["known"]], [0, len(expected)],
                  kind + " again")
        first = vault.list("?order=asc")["memories"][0]
        if kind == "chatgpt":
            tap.equal([first["timestamp"], first["metadata"]],
                      [1700000001500, {"title": "Pets"}], "facts")


@tests.test
def a_talk_of_chatgpt_is_what_it_shows(both):
    def node(parent, role, text, at):
        return {"parent": parent, "message": {
            "author": {"role": role}, "create_time": at,
            "content": {"content_type": "text", "parts": [text]}}}
    stack, _ = both
    tree = {"root": {"parent": None, "message": None},
            "old": node("root", "user", "I live in Oslo.", 1700000001.0),
            "no": node("old", "assistant", "Oslo it is.", 1700000002.0),
            "new": node("root", "user", "I live in Bergen.", 1700000003.0),
            "yes": node("new", "assistant", "Bergen it is.", 1700000004.0)}
    seen = [("user", "I live in Bergen."), ("assistant", "Bergen it is.")]
    everything = [("user", "I live in Oslo."), ("assistant", "Oslo it is.")
                  ] + seen
    for current, expected in (("yes", seen), (None, everything),
                              ("gone", everything)):
        vault = Vault(stack)
        talk = {"title": "Home", "mapping": tree, "current_node": current}
        stack.must("import", "-", "--from", "openai", *words(vault),
                   input=json.dumps([talk]))
        tap.equal(vault.rows(), expected, "branch of %s" % current)
    vault = Vault(stack)
    tree["root"]["parent"] = "yes"  # a circle
    stack.must("import", "-", "--from", "chatgpt", *words(vault),
               input=json.dumps([dict(talk, current_node="yes")]))
    tap.equal(vault.rows(), seen, "a circle")


@tests.test
def a_byte_order_mark_is_no_part_of_a_file(both):
    stack, _ = both
    for kind, text in (("jsonl", '{"content":"One."}\n{"content":"Two."}'),
                       ("mem0", '[{"memory":"One."},{"memory":"Two."}]'),
                       ("text", "One.\r\n\r\nTwo.\r\n")):
        vault = Vault(stack)
        stack.must("import", "-", "--from", kind, *words(vault),
                   input="\ufeff" + text)
        tap.equal(vault.rows(), [("user", "One."), ("user", "Two.")], kind)


@tests.test
def an_import_says_what_it_cannot_use(both):
    stack, _ = both
    vault = Vault(stack)
    done = stack.admin("import", "-", *words(vault),
                       input='{"content":"a"}\nxx\n{"content":1}\n')
    tap.equal(done.code, 0, "exit status")
    tap.contains(done.err, "-:2: ", "errors")
    tap.contains(done.err, "-:3: content must be", "errors")
    for kind, text, code in (("jsonl", "xx\n", 1), ("mem0", "{}", 1),
                             ("mem0", "x", 1), ("chatgpt", "{}", 1),
                             ("chatgpt", "[{}]", 1), ("zip", "", 2)):
        done = stack.admin("import", "-", "--from", kind, *words(vault),
                           input=text)
        tap.equal(done.code, code, "exit status of %s %s" % (kind, text))
    for line in (("export",), ("export", "--key", "x"),
                 ("forget", *words(vault)), ("import", *words(vault)),
                 ("forget", *words(vault), "--all", "--session", "s")):
        tap.equal(stack.admin(*line).code, 2, " ".join(line))
    for line in (("export", "--key", "99999"), ("stats", "--vault", "99999"),
                 ("forget", *words(vault), "--session", "none"),
                 ("import", "/nonexistent", *words(vault))):
        tap.equal(stack.admin(*line).code, 1, " ".join(line))
    tap.equal(vault.rows(), [("user", "a")], "rows")


@tests.test
def memories_are_forgotten_and_counted(both):
    stack, _ = both
    vault = Vault(stack)
    vault.ingest([("user", "one"), ("user", "two")])
    vault.ingest([("user", "three")], session="s")
    (row,) = stack.must("stats", *words(vault))
    tap.equal([row["memories"], row["sessions"], row["pending"]], [3, 1, 0],
              "stats")
    tap.check(len(stack.must("stats")) > 1, "all vaults")
    number = vault.list("?text=one")["memories"][0]["id"]
    result = stack.must("forget", *words(vault), "--memory", str(number))
    tap.equal([result["memories"], result["memories_left"]], [1, 0], "one")
    for what, part in (("--memory", "no such memory"),
                       ("--session", "no such session")):
        done = stack.admin("forget", *words(vault), what, "999")
        tap.equal(done.code, 1, "exit status without " + what)
        tap.contains(done.err, part, what)
    stack.must("forget", *words(vault), "--session", "s")
    tap.equal(texts(vault.list()["memories"]), ["two"], "left")
    result = stack.must("forget", *words(vault), "--all")
    tap.equal([result["memories"], result["memories_left"],
               result["vectors_left"]], [1, 0, 0], "all")
    tap.equal(vault.search("two"), [], "search")


tests.run(lambda: Both(conf=["embedding = none"]))
