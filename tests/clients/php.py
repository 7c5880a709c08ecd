"""The PHP page, on the command line and under Apache, against a stack whose
web server is Apache too."""
import contextlib
import os
import shutil
import socket
import subprocess
import threading
from urllib.parse import urlencode

import bodies
import install
from lib import http, tap, upstream
from lib.stack import Port, owner_of, wait_until
from vendors import TEXT

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "php",
                    "chat.php")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MODULES = next((folder for folder in (
    "/usr/lib/apache2/modules", "/usr/lib64/httpd/modules")
    if os.path.isdir(folder)), "modules")
SERVER = "apache2" if MODULES.startswith("/usr/lib/apache2") else "httpd"

CONF = """
ServerRoot "%(folder)s"
ServerName localhost
Listen 127.0.0.1:%(port)d
PidFile "%(folder)s/apache.pid"
DefaultRuntimeDir "%(folder)s"
ErrorLog "%(folder)s/error.log"
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule proxy_module %(modules)s/mod_proxy.so
LoadModule proxy_fcgi_module %(modules)s/mod_proxy_fcgi.so
DocumentRoot "%(folder)s"
ProxyPassMatch "^/(chat\\.php)$" \
    "fcgi://127.0.0.1:%(php)d%(folder)s/$1" flushpackets=on
ProxyFCGISetEnvIf "true" SCRIPT_FILENAME "%(folder)s/chat.php"
"""


def answers(port):
    """Whether somebody listens."""
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False


@contextlib.contextmanager
def site(line):
    """The port of an Apache host that serves the page."""
    folder = os.path.join(line.stack.run_dir, "php")
    os.mkdir(folder)
    facts = os.stat(line.stack.run_dir)
    shutil.copy(PAGE, folder)
    ports = [Port(), Port()]
    values = {"folder": folder, "port": ports[0].number,
              "php": ports[1].number, "modules": MODULES}
    with open(os.path.join(folder, "apache.conf"), "w") as file:
        file.write(CONF % values)
    for name in [""] + os.listdir(folder):
        os.chown(os.path.join(folder, name), facts.st_uid, facts.st_gid)
    started = []
    try:
        for command in (
                ["php-cgi", "-b", "127.0.0.1:%d" % values["php"]],
                [SERVER, "-X", "-f", os.path.join(folder, "apache.conf")]):
            started.append(subprocess.Popen(
                command, env=environment(line), cwd=folder,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, preexec_fn=owner_of(folder)))
        for name in ("php", "port"):
            wait_until("Apache and PHP listen", lambda n=name: answers(
                values[n]))
        yield values["port"]
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(tap.PATIENCE)
        for port in ports:
            port.close()


def environment(line, **more):
    """What the page is told."""
    return dict({"PATH": os.environ["PATH"] + ":/usr/sbin",
                 "MEMORYROUTER_URL": line.tee.url,
                 "MEMORYROUTER_KEY": line.key}, **more)


def command_line(line, question, **more):
    """The page's words on the command line, and its exit status."""
    done = subprocess.run(["php", PAGE, question], timeout=tap.PATIENCE,
                          check=False, env=environment(line, **more),
                          text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8")
    return done.stdout, done.returncode


def told(line):
    """A fact is told on the command line."""
    said, status = command_line(
        line, "Remember that my favorite color is ultramarine.")
    tap.equal((said, status), (TEXT + "\n", 0), "the page")
    wait_until("the fact is stored", lambda: line.stack.memories(line.key_id))


def asked(line):
    """It is found on the command line."""
    command_line(line, "What is my favorite color?")
    bodies.check_all(line.tee.journal, line.upstream.journal,
                     {"memory": True})


def wrong_key(line):
    """A wrong key is told to the reader."""
    said, status = command_line(line, "Hello.",
                                MEMORYROUTER_KEY="mk_" + "x" * 32)
    tap.contains(said, "memory key", "the page")
    tap.equal(status, 1, "exit status")


def streamed(line, port):
    """The page streams under Apache, with what was told before."""
    gate = threading.Event()
    line.upstream.next(upstream.sse(
        upstream.stream_bytes(["Blue ", "as ", "ever."]), gates={3: gate}))
    reply = http.begin(port, "POST", "/chat.php", FORM, urlencode(
        {"question": "What is my favorite color?"}))
    tap.equal(reply.status, 200, "status")
    tap.check(reply.read_until(b"Blue as "), "the first words come at once",
              reply.body)
    tap.check(not reply.ended, "the reply is a stream")
    gate.set()
    tap.equal(reply.finish().body, b"Blue as ever.\n", "the whole")
    bodies.check_all(line.tee.journal, line.upstream.journal,
                     {"memory": True})


def shows_form(_, port):
    """Without a question it shows the form."""
    reply = http.request(port, "GET", "/chat.php")
    tap.contains(reply.body, b"<form", "the page")


def check(line, results, name, *words):
    """One check: a function of this file."""
    line.forget()
    problem = None
    try:
        globals()[name](line, *words)
    except (tap.Failed, bodies.Wrong, OSError,
            subprocess.SubprocessError) as error:
        problem = str(error)
    sentence = globals()[name].__doc__.rstrip(".")
    results.add("PHP: " + sentence[0].lower() + sentence[1:], problem)


def run(line, results):
    """All checks of the page."""
    try:
        for program in ("php", "php-cgi"):
            install.version(program, "-v")
    except install.Missing as error:
        results.add("PHP: is installed", str(error))
        return
    for name in ("told", "asked", "wrong_key"):
        check(line, results, name)
    try:
        with site(line) as port:
            check(line, results, "streamed", port)
            check(line, results, "shows_form", port)
    except (OSError, tap.Failed) as error:
        results.add("PHP: Apache starts", str(error))
