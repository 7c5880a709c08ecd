"""What a forwarded request may differ in from the one that the client sent:
the model's name, one memory text at the end of the last human text, and the
question for the usage of a stream.  Every other byte is the client's own."""
import json
import re

FACT = "ultramarine"
USAGE = b',"stream_options":{"include_usage":true}'
PREFIXES = ("openai/", "anthropic/", "google/")
VENDOR_PATHS = {"/anthropic": "anthropic", "/google": "google", "": "openai"}


class Wrong(Exception):
    """A forwarded request is not as it should be."""


def require(condition, message, *seen):
    """Raises Wrong unless it is true."""
    if not condition:
        raise Wrong(" ".join([message] + [repr(one)[:600] for one in seen]))


def text_parts(content, kinds):
    """The texts of a message's content, each with a function that sets it."""
    if isinstance(content, list):
        return [part for part in content if isinstance(part.get("text"), str)
                and part.get("type") in kinds]
    return []


def human_texts(body):
    """The texts that humans wrote: (holder, name) of each, in order."""
    found = []
    if isinstance(body.get("input"), str):
        return [(body, "input")]
    for name, inner in (("messages", "content"), ("input", "content"),
                        ("contents", "parts")):
        for message in body.get(name) or []:
            if not isinstance(message, dict) or \
                    message.get("role", "user") != "user" or \
                    message.get("type", "message") != "message":
                continue
            if isinstance(message.get(inner), str):
                found.append((message, inner))
            for part in text_parts(message.get(inner),
                                   ("text", "input_text", None)):
                found.append((part, "text"))
    return found


def without_prefix(text, before, after):
    """A model's name or path, as it stands behind the vendor's prefix."""
    for prefix in PREFIXES:
        text = text.replace(before + prefix, before + after, 1)
    return text


def expected_model(body):
    """The body with the vendor's own name of the model, as bytes."""
    for prefix in PREFIXES:
        name = prefix.encode().replace(b"/", rb"\\?/")  # PHP escapes it
        body = re.sub(rb'("model": ?")' + name, rb"\1", body, 1)
    return body


def inserted(sent, seen):
    """The one piece that was inserted, "" if both are equal."""
    start = 0
    limit = min(len(sent), len(seen))
    while start < limit and sent[start] == seen[start]:
        start += 1
    rest = len(sent) - start
    require(rest == 0 or seen.endswith(sent[start:]),
            "more than one insertion: from", seen[max(0, start - 20):],
            "sent:", sent[max(0, start - 20):])
    return seen[start:len(seen) - rest]


def check_memory(sent, seen, memory):
    """The memory text, if any, stands in the last human text."""
    texts, before = human_texts(seen), human_texts(sent)
    require(len(texts) == len(before), "texts were added or removed")
    changed = [at for at, (holder, name) in enumerate(texts)
               if holder[name] != before[at][0][before[at][1]]]
    if not changed:
        require(not memory, "the fact was not injected:", seen)
        return
    require(memory is not False, "memory where none was wanted:", seen)
    require(changed == [len(texts) - 1],
            "memory is not in the last human text:", seen)
    holder, name = texts[-1]
    old = before[-1][0][before[-1][1]]
    require(holder[name].startswith(old), "the human text was changed:",
            holder[name])
    if memory:
        require((FACT if memory is True else memory) in
                holder[name][len(old):], "the fact was not injected:",
                holder[name])
    holder[name] = old
    require(sent == seen, "something else was changed:", seen)


def check_body(sent, seen, memory):
    """The forwarded body against what was sent."""
    start = expected_model(sent)
    if USAGE not in start and USAGE in seen:
        seen = seen.replace(USAGE, b"", 1)
    if b'"memory":false' in start.replace(b" ", b""):
        start = re.sub(rb',\s*"memory":\s*false', b"", start, 1)
    piece = inserted(start, seen)
    try:
        parsed = json.loads(start), json.loads(seen)
    except ValueError:
        require(piece == b"", "bytes were inserted:", piece)
        return
    check_memory(parsed[0], parsed[1], memory)


def check_target(sent, seen):
    """The path and the query."""
    for prefix in VENDOR_PATHS:
        expected = prefix + without_prefix(sent, "/models/", "")
        if seen == expected:
            return
    raise Wrong("%s was forwarded as %s" % (sent, seen))


HEADERS = ("content-type", "user-agent", "anthropic-version",
           "anthropic-beta", "x-goog-api-client", "x-stainless-lang",
           "x-stainless-retry-count", "openai-organization")


def check_headers(sent, seen, key):
    """The headers: the client's go up, ours and our key do not."""
    for name in HEADERS:
        if sent.header(name) is not None:
            require(seen.header(name) == sent.header(name),
                    "header %s:" % name, seen.header(name))
    for name, value in seen.headers:
        require("mk_" not in value, "the memory key went up in", name)
        require(not name.lower().startswith("x-memory"), "went up:", name)
        require(name.lower() not in ("x-provider-key", "cookie"),
                "went up:", name)
    keys = [[name.lower(), value] for name, value in seen.headers
            if name.lower() in ("authorization", "x-api-key",
                                "x-goog-api-key", "api-key")]
    require(len(keys) == 1, "one key goes up, not", keys)
    if key:
        require(keys[0] == key, "key", keys[0], "instead of", key)


def check_pair(sent, seen, facts):
    """One request as sent and as forwarded."""
    require(seen.method == sent.method, "method", seen.method)
    check_target(sent.target, seen.target)
    check_headers(sent, seen, facts.get("key"))
    check_body(sent.body, seen.body, facts.get("memory"))


def check_loop(seen):
    """The requests of a tool loop carry the same human text, byte by byte."""
    found = [human_texts(json.loads(one.body))[-1] for one in seen]
    texts = [holder[name] for holder, name in found]
    require(len(texts) > 1 and len(set(texts)) == 1,
            "the memory of a loop changed:", *texts)


def check_all(sent, seen, facts):
    """All requests of one check."""
    if "sent" in facts:
        require(len(sent) == facts["sent"], "requests sent:", len(sent))
    require(len(seen) == facts.get("forwarded", len(sent)),
            "%d requests sent, forwarded:" % len(sent), len(seen))
    if facts.get("any_order"):
        sent = sorted(sent, key=lambda one: one.body)
        seen = sorted(seen, key=lambda one: one.body)
    if seen:
        for one, other in zip(sent, seen):
            check_pair(one, other, facts)
    if facts.get("loop"):
        check_loop(seen if facts["loop"] is True
                   else [seen[at] for at in facts["loop"]])
