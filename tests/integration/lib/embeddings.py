"""Scripts for upstream.Upstream that answer POST /v1/embeddings.

    up.default = embeddings.good(8)

Equal texts have equal vectors: vector() says which.
"""
import base64
import json
import math
import random
import re
import struct

from . import upstream


def vector(text, dimensions):
    """The vector of a text, not normalised."""
    source = random.Random(text)
    return [source.uniform(-1, 1) for _ in range(dimensions)]


def by_topic(*topics):
    """Vectors that say what a text is about: a maker for body().

    A topic is a set of words, and texts with the same topics have the same
    vector; all other texts are far from these and from each other.
    """
    def make(text, dimensions):
        said = set(re.findall(r"\w+", text.lower()))
        about = [1.0 if topic & said else 0.0 for topic in topics]
        size = 0 if any(about) else 1
        return about + [size * one for one in
                        vector(text, dimensions - len(topics))]
    return make


def first(text, dimensions):
    """The first number of the vector when its length is made 1."""
    numbers = vector(text, dimensions)
    return numbers[0] / math.sqrt(sum(n * n for n in numbers))


def texts(request):
    """What was to be embedded."""
    return request.json()["input"]


def body(request, dimensions, order=lambda items: items, encode=list,
         make=vector):
    """A reply as OpenAI sends it."""
    wanted = request.json().get("dimensions", dimensions)
    items = [{"object": "embedding", "index": index,
              "embedding": encode(make(text, wanted))}
             for index, text in enumerate(texts(request))]
    return {"object": "list", "data": order(items),
            "model": request.json()["model"],
            "usage": {"prompt_tokens": 1, "total_tokens": 1}}


def in_base64(numbers):
    """Floats as OpenAI's encoding_format base64 has them."""
    return base64.b64encode(struct.pack("<%df" % len(numbers), *numbers)) \
        .decode()


def good(dimensions=8, delay=0, **how):
    """A reply with one vector a text."""
    def script(x):
        return upstream.reply(200, body(x.request, dimensions, **how),
                              delay=delay)(x)
    return script


def picky(poison, dimensions=8, status=400):
    """Refuses requests that hold one of these texts."""
    def script(x):
        if any(bad in text for bad in poison for text in texts(x.request)):
            return upstream.reply(status, {"error": {
                "message": "cannot embed: " + str(texts(x.request))}})(x)
        return good(dimensions)(x)
    return script


def changed(change, dimensions=8):
    """A reply whose text went through a function."""
    def script(x):
        return upstream.reply(200, change(json.dumps(
            body(x.request, dimensions))))(x)
    return script
