#!/usr/bin/env python3
"""Memories one by one, sessions, and all of it out and in again."""
import json
import os
import sys
import threading
from urllib.parse import quote

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.memory import Vault, texts
from lib.stack import Both

tests = tap.Plan()
OSLO = "I moved to Oslo in the spring and work at the harbour."
BERGEN = "I moved to Bergen in the spring and work at the harbour."
CAT = "My cat is called Sturgeon and she is nine years old."
SAME = ("content", "role", "name", "timestamp", "session_id", "metadata",
        "source", "position", "partial")


def filled(stack):
    """A vault with some of everything."""
    vault = Vault(stack)
    vault.upload([
        {"content": "first", "timestamp": 1000, "name": "Ann"},
        {"content": "second 100%", "timestamp": 2000, "role": "assistant"},
        {"content": "third", "timestamp": 3000, "session_id": "s",
         "metadata": {"tag": "x", "n": 1.50}},
        {"content": "FOURTH", "timestamp": 4000, "session_id": "s",
         "source": "notes"}])
    return vault


# --- the list ----------------------------------------------------------------

@tests.test
def n120_the_list_is_paged(both):
    vault = Vault(both[0])
    vault.upload([{"content": "Line %d." % n} for n in range(25)])
    for order, expected in (("", list(range(24, -1, -1))),
                            ("&order=asc", list(range(25)))):
        seen, cursor = [], ""
        while cursor is not None:
            page = vault.list("?limit=10" + order + (
                "&cursor=" + cursor if cursor else ""))
            seen += [int(text[5:-1]) for text in texts(page["memories"])]
            tap.equal(page["has_more"], page["next_cursor"] is not None,
                      "has_more")
            cursor = page["next_cursor"]
        tap.equal(seen, expected, "memories")


@tests.test
def n120_the_list_is_narrowed(both):
    vault = filled(both[0])
    for query, expected in (
            ("?text=fourth", ["FOURTH"]), ("?text=100%25", ["second 100%"]),
            ("?text=%25", ["second 100%"]), ("?role=assistant",
                                             ["second 100%"]),
            ("?name=Ann", ["first"]), ("?author=Ann", ["first"]),
            ("?session_id=s", ["FOURTH", "third"]),
            ("?session_id=", ["second 100%", "first"]),
            ("?session_id=none", []), ("?source=notes", ["FOURTH"]),
            ("?after=3000", ["FOURTH", "third"]),
            ("?before=1970-01-01T00:00:02Z", ["first"]),
            ("?after=2000&before=4000&role=user", ["third"]),
            ("?text=nothing", [])):
        tap.equal(texts(vault.list(query)["memories"]), expected, query)
    tap.equal(texts(vault.get("/v1/memories", session="s")["memories"]),
              ["FOURTH", "third"], "by header")


@tests.test
def the_list_refuses_what_it_cannot_understand(both):
    vault = filled(both[0])
    for query in ("limit=0", "limit=-1", "limit=501", "limit=x",
                  "limit=99999999999999999999", "cursor=x", "cursor=17",
                  "cursor=d0", "cursor=u17", "order=up", "role=pope",
                  "after=soon", "before=2026-13-01", "text=%ff",
                  "session_id=%01", "text=" + "a" * 1025):
        reply = vault.send("GET", "/v1/memories?" + query)
        tap.equal(reply.status, 400, "status of " + query[:40])
        tap.check(reply.json().get("hint"), "a hint", reply.body)


# --- one ---------------------------------------------------------------------

@tests.test
def n120_a_memory_is_added_and_read(both):
    vault = Vault(both[0])
    entry = {"content": OSLO, "role": "assistant", "name": "Ann",
             "timestamp": 5000, "session_id": "s", "metadata": {"a": [1]}}
    reply = vault.send("POST", "/v1/memories", entry)
    tap.equal(reply.status, 201, "status")
    made = reply.json()
    tap.equal({name: made[name] for name in entry}, entry, "the memory")
    tap.equal(vault.get("/v1/memories/%d" % made["id"]), made, "read again")
    tap.equal(texts(vault.search("Oslo", session="s")), [OSLO], "found")
    tap.equal(vault.search("Oslo", session="s")[0]["metadata"], {"a": [1]},
              "metadata of what is found")


@tests.test
def adding_refuses_what_it_cannot_understand(both):
    vault = Vault(both[0])
    for body, status in (
            ({}, 400), ([], 400), (b"{", 400), ({"content": ""}, 400),
            ({"content": 1}, 400), ({"content": "a", "colour": "b"}, 400),
            ({"content": "a", "role": "pope"}, 400),
            ({"content": "a", "timestamp": True}, 400),
            ({"content": "a", "metadata": "b"}, 400),
            ({"content": "a", "metadata": {"a": "b" * 4096}}, 400),
            ({"content": "a", "name": "b" * 65}, 400),
            ({"content": "a", "session_id": "b" * 256}, 400),
            ({"content": "a" * 40000}, 413), (b'{"content":"\xff"}', 400)):
        reply = vault.send("POST", "/v1/memories", body)
        tap.equal(reply.status, status, "status of %r" % str(body)[:60])
        tap.check(reply.json().get("hint"), "a hint", reply.body)
    tap.equal(vault.rows(), [], "rows")


@tests.test
def n120_an_edit_is_found_at_once_and_the_old_text_is_not(both):
    stack, up = both
    vault = Vault(stack)
    vault.ingest([("user", OSLO), ("user", CAT)])
    vault.ingest([("user", OSLO)], session="s")  # a repeat
    vault.search("Oslo")
    number = vault.search("Oslo")[0]["id"]
    edited = vault.ok("PATCH", "/v1/memories/%d" % number,
                      {"content": BERGEN, "metadata": {"why": "typo"}})
    tap.equal([edited["id"], edited["content"], edited["metadata"]],
              [number, BERGEN, {"why": "typo"}], "the memory")
    tap.equal([text for text in texts(vault.search("Oslo", session="s"))
               if "Oslo" in text], [], "search for the old text")
    tap.equal(texts(vault.search("Bergen")), [BERGEN], "search")
    up.forget()
    stack.chat("openai/gpt-4o", "Where did I move to in the spring?",
               vault.key, {"X-Memory-Mode": "read"})
    sent = up.last().body.decode()
    tap.contains(sent, "Bergen", "forwarded")
    tap.lacks(sent, "Oslo", "forwarded")
    history = vault.get("/v1/memories/%d/history" % number)
    tap.equal([history["current"]["content"], texts(history["versions"])],
              [BERGEN, [OSLO]], "history")
    tap.equal(vault.get("/v1/memory/stats")["memories"], 3, "memories")


@tests.test
def an_edit_makes_the_memory_wait_for_a_new_vector(both):
    stack, _ = both
    vault = Vault(stack)
    vault.ingest([("user", OSLO), ("user", CAT)])
    number = vault.search("Oslo")[0]["id"]
    before = stack.sql("SELECT epoch, purge_epoch, next_seq FROM vault "
                       "WHERE id = %d" % vault.id)[0]
    vault.ok("PATCH", "/v1/memories/%d" % number, {"content": BERGEN})
    after = stack.sql("SELECT epoch, purge_epoch, next_seq FROM vault "
                      "WHERE id = %d" % vault.id)[0]
    tap.check(all(int(a) > int(b) for a, b in zip(after, before)),
              "epochs and seq moved", before, after)
    tap.equal(stack.sql("SELECT id, seq FROM memory WHERE vault_id = %d "
                        "ORDER BY seq DESC LIMIT 1" % vault.id),
              [[str(number), str(int(after[2]) - 1)]], "the row")


@tests.test
def n120_an_edit_of_a_repeat_leaves_the_others_their_times(both):
    vault = Vault(both[0])
    vault.upload([{"content": OSLO, "timestamp": 1000 * n,
                   "metadata": {"n": n}} for n in (1, 2, 3)])
    number = vault.list()["memories"][1]["id"]
    vault.ok("PATCH", "/v1/memories/%d" % number, {
        "content": BERGEN, "timestamp": 9000, "metadata": {"n": 9},
        "name": "Ann"})
    tap.equal(sorted((row["content"], row["timestamp"], row["metadata"]["n"],
                      row.get("name")) for row in vault.list()["memories"]),
              [(BERGEN, 1000, 1, None), (BERGEN, 3000, 3, None),
               (BERGEN, 9000, 9, "Ann")], "memories")


@tests.test
def edits_at_the_same_time_lose_nothing_of_each_other(both):
    vault = filled(both[0])
    number = vault.list("?text=third")["memories"][0]["id"]
    wishes = {"content": "third %d", "name": "Ann %d", "timestamp": 5000,
              "metadata": {"tag": "y"}}
    done = {}

    def change(field):
        for n in range(5):
            wish = wishes[field]
            wish = wish % n if isinstance(wish, str) else wish
            reply = vault.send("PATCH", "/v1/memories/%d" % number,
                               {field: wish})
            tap.check(reply.status in (200, 409), field, reply.body)
            if reply.status == 200:
                done[field] = wish

    threads = [threading.Thread(target=change, args=(field,))
               for field in wishes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = vault.get("/v1/memories/%d" % number)
    tap.equal({field: left.get(field) for field in wishes}, done,
              "what each changed")


@tests.test
def what_an_edit_may_change(both):
    vault = filled(both[0])
    number = vault.list("?text=third")["memories"][0]["id"]
    path = "/v1/memories/%d" % number
    edited = vault.ok("PATCH", path, {"role": "assistant", "name": "Bob",
                                      "timestamp": "2026-01-01"})
    tap.equal([edited["role"], edited["name"], edited["timestamp"],
               edited["content"], edited["metadata"]],
              ["assistant", "Bob", 1767225600000, "third",
               {"tag": "x", "n": 1.5}], "the memory")
    edited = vault.ok("PATCH", path, {"metadata": None, "name": None})
    tap.check("metadata" not in edited and "name" not in edited, "null",
              edited)
    for body, status in (({}, 400), ({"content": " "}, 400),
                         ({"content": None}, 400), ({"id": 7}, 400),
                         ({"session_id": "t"}, 400), ([], 400),
                         ({"session_id": None}, 400),
                         ({"session_id": "s", "name": "Bob"}, 200),
                         ({"content": "a" * 40000}, 413)):
        tap.equal(vault.send("PATCH", path, body).status, status,
                  "status of %s" % str(body)[:40])


@tests.test
def n120_a_memory_is_deleted_with_its_repeats(both):
    vault = Vault(both[0])
    vault.ingest([("user", OSLO), ("user", CAT)])
    vault.ingest([("user", OSLO)], session="s")
    number = vault.search("Oslo")[0]["id"]
    answer = vault.ok("DELETE", "/v1/memories/%d" % number)
    tap.equal([answer["deleted"], answer["receipt"]["memories"],
               answer["receipt"]["memories_left"]], [True, 2, 0], "answer")
    tap.equal(vault.rows(), [("user", CAT)], "rows")
    tap.equal(vault.search("Oslo", session="s"), [], "search")
    for method in ("GET", "DELETE"):
        tap.equal(vault.send(method, "/v1/memories/%d" % number).status, 404,
                  method)


@tests.test
def ids_of_others_and_ids_that_are_none_are_not_found(both):
    stack, _ = both
    vault, other = Vault(stack), Vault(stack)
    other.ingest([("user", "marker %d" % n) for n in range(20)],
                 session="theirs")
    number = other.list()["memories"][0]["id"]
    vault.ingest([("user", OSLO)])
    for name in (str(number), "0", "-1", "1e3", "%31", "x", "../memory", "1/2",
                 "9" * 30, "%2e%2e%2f", "1%20", "'"):
        for method, end, body in (
                ("GET", "", None), ("GET", "/history", None),
                ("PATCH", "", {"content": "x"}), ("DELETE", "", None)):
            if name == "1e3" and end:
                continue
            reply = vault.send(method, "/v1/memories/" + name + end, body)
            tap.equal(reply.status, 404, "%s %s" % (method, name + end))
            tap.lacks(reply.body.decode(), "marker", "reply")
    for method, end in (("GET", ""), ("GET", "/search?q=marker"),
                        ("DELETE", "")):
        for name in ("theirs", "none", "%01", "%2e%2e"):
            reply = vault.send(method, "/v1/sessions/" + name + end)
            tap.equal(reply.status, 404, "%s %s" % (method, name + end))
            tap.lacks(reply.body.decode(), "marker", "reply")
    tap.lacks(json.dumps(vault.export()), "marker", "export")
    tap.equal(len(other.rows()), 20, "rows of the other")


@tests.test
def n119_read_only_keys_change_no_memory(both):
    vault = filled(both[0])
    rows = vault.rows()
    for method, path, body in (("POST", "", {"content": "x"}),
                               ("PATCH", "/1", {"content": "x"}),
                               ("DELETE", "/1", None)):
        tap.equal(vault.send(method, "/v1/memories" + path, body,
                             key=vault.key + ":read").status, 403, method)
    tap.equal(vault.send("DELETE", "/v1/sessions/s",
                         key=vault.key + ":read").status, 403, "session")
    tap.equal(vault.send("GET", "/v1/memories/1",
                         key=vault.key + ":read").status, 200, "reading")
    tap.equal(vault.rows(), rows, "rows")


# --- sessions ----------------------------------------------------------------

@tests.test
def sessions_are_listed_shown_searched_and_deleted(both):
    vault = Vault(both[0])
    vault.ingest([("user", OSLO)], session="a b/c")
    vault.ingest([("user", CAT)], session="pets")
    listed = vault.get("/v1/sessions")
    tap.equal([(one["session_id"], one["chunk_count"])
               for one in listed["sessions"]], [("a b/c", 1), ("pets", 1)],
              "sessions")
    tap.equal([listed["total"], listed["next_cursor"]], [2, None], "list")
    pages = [vault.get("/v1/sessions?limit=1")]
    pages.append(vault.get("/v1/sessions?limit=1&cursor=" +
                           pages[0]["next_cursor"]))
    tap.equal([(page["sessions"][0]["session_id"], page["total"])
               for page in pages], [("a b/c", 2), ("pets", 2)], "pages")
    path = "/v1/sessions/" + quote("a b/c", safe="")
    tap.equal(vault.get(path)["session_id"], "a b/c", "session")
    for query, name in (("?q=Oslo", "Oslo"), ("", "(recent)")):
        found = vault.get(path + "/search" + query)
        tap.equal([found["query"], texts(found["results"]), found["total"]],
                  [name, [OSLO], 1], "search" + query)
        tap.check(all(key in found["results"][0] for key in (
            "id", "role", "timestamp", "token_count", "similarity", "window",
            "model")), "members", found)
    tap.equal(vault.get(path + "/search?q=cat+Sturgeon")["results"], [],
              "another session's")
    answer = vault.ok("DELETE", path)
    tap.equal([answer["deleted"], answer["receipt"]["memories"]], [True, 1],
              "answer")
    tap.equal(vault.send("GET", path).status, 404, "afterwards")
    tap.equal(len(vault.get("/v1/sessions")["sessions"]), 1, "the other")
    for query in ("limit=-1", "limit=x", "cursor=x"):
        tap.equal(vault.send("GET", "/v1/sessions?" + query).status, 400,
                  query)


@tests.test
def a_session_has_no_blanks_around_its_name(both):
    """A header cannot have them, so nothing else does."""
    vault = Vault(both[0])
    chat = {"model": "demo/x", "session_id": "trip ",
            "messages": [{"role": "user", "content": OSLO}]}
    vault.ok("POST", "/v1/chat/completions", chat)
    tap.equal(vault.ingest([("user", CAT)], session=" trip")["session_id"],
              "trip", "ingest")
    vault.upload([{"content": "A third one.", "session_id": "trip  "}])
    listed = vault.get("/v1/sessions")["sessions"]
    tap.equal([(one["session_id"], one["memories"]) for one in listed],
              [("trip", 3)], "one session")
    tap.equal(len(vault.list("?session_id=%20trip")["memories"]), 3, "list")
    tap.equal(vault.get("/v1/sessions/trip%20")["memories"], 3, "session")
    answer = vault.ok("DELETE", "/v1/memory?session_id=trip%20")
    tap.equal([answer["session_id"], answer["receipt"]["memories"]],
              ["trip", 3], "receipt")
    tap.equal(vault.get("/v1/memories")["memories"], [], "afterwards")


# --- export ------------------------------------------------------------------

@tests.test
def n121_an_export_comes_back_without_loss(both):
    stack, _ = both
    vault, copy = Vault(stack), Vault(stack)
    filled_one = filled(stack)
    vault.upload(filled_one.export())
    vault.upload([{"content": "line %d\nof \"text\" \u00fc \U0001f600 \u2028 "
                   "number %d" % (n, n % 1900), "session_id":
                   ["", "a", "b"][n % 3] or None, "role":
                   ["user", "assistant"][n % 2], "timestamp": 10 ** 9 + n,
                   "metadata": {"n": n}} for n in range(2000)])
    vault.ingest([("user", "A long one. " * 400), ("assistant", "Yes.")])
    lines_out = vault.export()
    copy.upload(lines_out)
    back = copy.export()
    keep = lambda rows: [{name: row.get(name) for name in SAME}
                         for row in rows]
    tap.equal(len(back), len(lines_out), "lines")
    for one, other in zip(keep(back), keep(lines_out)):
        tap.equal(one, other, "line")
    same = ("SELECT role, partial, author, text, HEX(content_hash), tokens, "
            "occurred_at, source, metadata, position, duplicate_of IS NULL, "
            "(SELECT name FROM session s WHERE s.id = session_id) "
            "FROM memory WHERE vault_id = %d ORDER BY seq")
    tap.equal(stack.sql(same % copy.id), stack.sql(same % vault.id), "rows")
    for question in ("line number 77", "What is long?", "third", "Yes"):
        for session in (None, "a"):
            found = [[(one["content"], one["score"]) for one in
                      each.search(question, session=session)]
                     for each in (vault, copy)]
            tap.equal(found[1], found[0], "search for " + question)


@tests.test
def n121_metadata_comes_back_as_it_was_given(both):
    vault = Vault(both[0])
    raw = b'{"b": 1.50,\n "a":[1e3, "\\u00e9"], "a": {}}'
    vault.post("/v1/memory/ingest",
               b'{"user":"hello there","metadata":' + raw + b"}")
    line = vault.send("GET", "/v1/memory/export").body
    tap.equal(line.count(b"\n"), 1, "lines")
    tap.contains(line.decode(), raw.replace(b"\n", b" ").decode(), "line")


@tests.test
def an_export_of_nothing_is_empty(both):
    reply = Vault(both[0]).send("GET", "/v1/memory/export")
    tap.equal([reply.status, reply.body], [200, b""], "reply")
    tap.equal(reply.header("content-type"), "application/x-ndjson", "type")


@tests.test
def endpoints_want_their_methods_and_a_key(both):
    stack, _ = both
    vault = Vault(stack)
    for method, target in (("GET", "/v1/memory/upload"),
                           ("POST", "/v1/memory/stats"),
                           ("PUT", "/v1/memories/1"),
                           ("POST", "/v1/memory/export")):
        tap.equal(vault.send(method, target).status, 405, target)
    for method, target in (
            ("GET", "/v1/memory/stats"), ("POST", "/v1/memory/warmup"),
            ("POST", "/v1/memory/upload"), ("POST", "/v1/memory/ingest"),
            ("POST", "/v1/memory/prepare"), ("DELETE", "/v1/memory"),
            ("GET", "/v1/memory/export"), ("GET", "/v1/memories"),
            ("POST", "/v1/memories"), ("GET", "/v1/memories/1"),
            ("PATCH", "/v1/memories/1"), ("DELETE", "/v1/memories/1"),
            ("GET", "/v1/memories/1/history"), ("GET", "/v1/sessions"),
            ("DELETE", "/v1/sessions/a")):
        for key in ("mk_wrong", "sk-none"):
            tap.equal(vault.send(method, target, b"", key=key).status, 401,
                      "%s %s" % (method, target))


tests.run(lambda: Both(conf=["embedding = none"]))
