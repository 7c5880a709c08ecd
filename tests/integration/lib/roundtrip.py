"""A vault that leaves an installation and comes to another: what fills it,
what anybody can see of it, and what differs.

    fill(vault, 2000)
    copy.send("POST", "/v1/memory/upload", export)
    same(vault, copy, questions(2000))
"""
import random

from . import tap
from .memory import lines
from .stack import wait_until

THINGS = ("garden", "violin", "bicycle", "harbour", "passport", "dentist",
          "kitchen", "mountain", "library", "telescope", "recipe", "insurance",
          "sailing", "marathon", "pottery", "greenhouse", "orchestra", "train")
PLACES = ("Oslo", "Lisbon", "Kyoto", "Nairobi", "Quito", "Zagreb", "Galway",
          "Tromsø", "Århus", "Łódź", "Perth", "Hobart", "Cusco", "Bergen")
VERBS = ("repaired", "sold", "painted", "forgot", "visited", "cleaned",
         "borrowed", "planned", "photographed", "described", "missed")
OTHERS = ("Ich wohne in der Nähe des Hafens.", "我昨天在图书馆读书。",
          "Я купил новый велосипед.", "أحب القهوة في الصباح",
          "नमस्ते, मैं ठीक हूँ।",
          "e\u0301tude \U0001f469\u200d\U0001f680\u2028!",
          "Say \"no\" to C:\\temp\t<b>&amp;</b>\x7f", "कक्षा 🙂🙂")
AUTHORS = ("", "", "Ann", "Bob", "Zoë", "王芳")
YEARS_MS = 9 * 365 * 86400 * 1000
END_MS = 1700000000000
PART = 20000  # lines an upload


def sentence(n, pick):
    """One that no other number has."""
    return "We %s the %s near %s with number %d." % (
        pick.choice(VERBS), pick.choice(THINGS), pick.choice(PLACES), n)


def content(n, pick):
    """Short ones, repeats, several lines, other scripts, long ones."""
    kind = n % 50
    if kind == 7:
        return "Good morning!"
    if kind == 13:
        return "First line %d.\n\n\tSecond: %s\r\nthird" % (n, sentence(n,
                                                                     pick))
    if kind in (19, 31):
        return "%s %s %d" % (pick.choice(OTHERS), pick.choice(PLACES), n)
    if kind == 23:
        return "Which %s did we see in %s, number %d?" % (
            pick.choice(THINGS), pick.choice(PLACES), n)
    if n % 499 == 5:
        return " ".join(sentence(n * 100 + i, pick) for i in range(90))
    return sentence(n, pick)


def entry(n):
    """The n-th memory of every such vault."""
    pick = random.Random(n)
    one = {"content": content(n, pick),
           "role": ("user", "assistant", "user", "assistant",
                    "system")[n % 5 if n % 40 == 4 else n % 2],
           "timestamp": END_MS - YEARS_MS + (n * 7919 * 86400) % YEARS_MS}
    if n % 3:
        one["session_id"] = "talk %d" % (n // 40 % 97)
    if n % 11 == 1:
        one["name"] = pick.choice(AUTHORS)
    if n % 9 == 2:
        one["metadata"] = {"n": n, "tags": ["a", "ü", None], "x": 1.5,
                           "in": {"deep": True, "": "\u2028\\\""}}
    if n % 13 == 3:
        one["source"] = "mail"
    return one


def upload(vault, body, **more):
    """The answer to a good upload of these lines."""
    reply = vault.send("POST", "/v1/memory/upload", body, timeout=600, **more)
    tap.equal(reply.status, 200, "status of the upload: %s" % reply.body[:500])
    return reply.json()


def fill(vault, count):
    """That many entries, some of which are corrected and deleted then."""
    for begin in range(0, count, PART):
        upload(vault, lines(entry(n) for n in
                            range(begin, min(begin + PART, count))))
    page = vault.list("?order=asc&limit=400")["memories"]
    for one in page[10::57]:
        vault.ok("PATCH", "/v1/memories/%d" % one["id"], {
            "content": "Corrected: the %s of %s, number %d."
            % (THINGS[one["id"] % 18], PLACES[one["id"] % 14], one["id"]),
            "metadata": {"was": one["id"]}})
    for n, one in enumerate(page[10::114]):
        vault.ok("PATCH", "/v1/memories/%d" % one["id"], {
            "content": "Once more: <memory_context> number %d." % n,
            "name": AUTHORS[n % 6] or None, "timestamp": 1000 * n,
            "metadata": {"again": [n, 1.50]} if n % 2 else None})
    for one in page[20::91]:
        vault.ok("DELETE", "/v1/memories/%d" % one["id"])
    vault.ok("POST", "/v1/memories", {
        "content": "Made by hand <memory_context> and left open.",
        "session_id": "by hand", "metadata": {"z": [1, 2.50, 1e3]}})


def numbered(rows):
    """The rows with ordinal numbers instead of ids and turns."""
    ids = {one["id"]: n for n, one in enumerate(rows)}
    turns = {}
    for one in rows:
        one["turn"] = turns.setdefault(one["turn"], len(turns))
        one["duplicate_of"] = ids.get(one["duplicate_of"])
        del one["created_at"]
        one["id"] = ids[one["id"]]
    return rows


def all_rows(vault):
    """What GET /v1/memories shows, page by page."""
    rows, cursor = [], ""
    while True:
        page = vault.list("?order=asc&limit=500" + cursor)
        rows += page["memories"]
        if not page["has_more"]:
            return rows
        cursor = "&cursor=" + page["next_cursor"]


def questions(count):
    """Searches: [(query, session or None, limit)]."""
    pick = random.Random(count)
    asked = []
    for n in range(300):
        query = ("Which %s did we see in %s?", "%s %s",
                 "Who %s the thing near %s?")[n % 3] % (
                     pick.choice(VERBS if n % 3 == 2 else THINGS),
                     pick.choice(PLACES))
        if n % 10 == 4:
            query = "number %d" % pick.randrange(count)
        if n % 10 == 7:
            query = pick.choice(OTHERS)
        asked.append((query, "talk %d" % pick.randrange(97) if n % 4 == 1
                      else None, (5, 10, 30)[n % 3]))
    asked += [("Corrected: the %s of %s" % (THINGS[n], PLACES[n % 14]), None,
               10) for n in range(18)]
    return asked + [("Good morning!", None, 20), ("made by hand", None, 5)]


def found(vault, ids, query, session, limit):
    """[(ordinal number, content, score)] of a search, best first."""
    got = vault.search(query, session=session, limit=limit)
    return [(ids[one["id"]], one["content"], one["score"]) for one in got]


def is_same(one, other):
    """The same memories in the same order, with scores up to rounding."""
    return [m[:2] for m in one] == [m[:2] for m in other] and \
        all(abs(a[2] - b[2]) < 1e-4 for a, b in zip(one, other))


def histories(vault, skip=0):
    """What edited memories said before, by ordinal number."""
    found = {n: one for n, one in enumerate(vault.export()[skip:])
             if "history" in one}
    for one in list(found.values())[::max(len(found) // 10, 1)]:
        tap.equal(vault.get("/v1/memories/%d/history" % one["id"])["versions"],
                  one["history"], "history of %d" % one["id"])
    hashes = vault.stack.sql(
        "SELECT HEX(content_hash) FROM memory_version WHERE vault_id = %d "
        "ORDER BY memory_id, version" % vault.id)
    return {n: one["history"] for n, one in found.items()}, hashes


def check_rows(vault, copy, skip=0):
    """Both show the same rows with the same histories, but for the copy's
    first ones; how many."""
    tap.equal(histories(copy, skip), histories(vault), "earlier versions")
    rows, copied = all_rows(vault), all_rows(copy)[skip:]
    tap.equal(len(copied), len(rows), "rows")
    for one, other in zip(numbered(rows), numbered(copied)):
        tap.equal(other, one, "a row of the copy")
    return len(rows)


def check_searches(vault, copy, asked):
    """Both find the same, and something; how many memories."""
    ids = [{one["id"]: n for n, one in enumerate(all_rows(each))}
           for each in (vault, copy)]
    total = 0
    for query, session, limit in asked:
        one = found(vault, ids[0], query, session, limit)
        other = found(copy, ids[1], query, session, limit)
        total += len(one)
        tap.check(is_same(one, other), "search for %r in %s differs"
                  % (query, session), one, other)
    tap.check(total > len(asked), "something is found", total)
    return total


def learn(*vaults):
    """Every memory has its vector, and lies in one generation."""
    for vault in vaults:
        wait_until("all is learned", lambda v=vault: v.get(
            "/v1/memory/stats")["pending"] == 0, 3600, 0.2)
        vault.stack.must("reindex", "--vault", str(vault.id), seconds=3600)
