"""A private stack for one test program: MariaDB, memoryrouter, a web server.

    with Stack(web="nginx", conf=["keep_alive_seconds = 1"]) as stack:
        stack.chat("demo/echo", "Hello")

It is started and stopped by src/stack.sh, on a free port, in a folder of its
own that is removed at the end (KEEP_RUN_DIR=1 leaves it).
"""
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import http
from . import tap
from .upstream import Upstream

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
SRCDIR = os.environ.get("TOP_SRCDIR", TOP)
BUILDDIR = os.environ.get("TOP_BUILDDIR", TOP)

# Options of a test's stack that says nothing else: it sends more than any
# client would, and a slow machine gets its time.  Tests of limits and deadlines
# set their own.
PATIENT = {"rate_limit": "off", "recall_deadline_ms": "20000",
           "pending_wait_ms": "5000", "db_timeout_ms": "30000"}

ROLES = ["user", "assistant", "system"]  # as the database numbers them


class Port:
    """A port that nobody else is given while this lives.

    It is bound, so that neither a client nor another stack gets it by chance,
    and not listened on: a server that reuses addresses can do that.
    """

    def __init__(self):
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(("127.0.0.1", 0))
        self.number = self.sock.getsockname()[1]

    def close(self):
        """Gives it back."""
        self.sock.close()


def wait_until(what, function, seconds=tap.PATIENCE, pause=0.02):
    """Calls the function until what it returns is true; that."""
    end = time.monotonic() + seconds
    while True:
        result = function()
        if result:
            return result
        if time.monotonic() > end:
            raise tap.Failed("not within %g s: %s (last: %s)"
                             % (seconds, what, tap.shown(result)))
        time.sleep(pause)


def program(name):
    """The path of a program of this build."""
    return os.path.join(BUILDDIR, "src", name)


def owner_of(folder):
    """For subprocess: become the owner of this folder."""
    facts = os.stat(folder)

    def become():
        if os.getuid() == 0 and facts.st_uid != 0:
            os.setgroups([])
            os.setresgid(facts.st_gid, facts.st_gid, facts.st_gid)
            os.setresuid(facts.st_uid, facts.st_uid, facts.st_uid)
    return become


def alive(pid):
    """Whether the process runs (and is no zombie)."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def children(pid):
    """The process ids of the children of this process."""
    found = []
    for path in glob.glob("/proc/%d/task/*/children" % pid):
        try:
            with open(path) as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            pass
    return found


class Result:
    """What a program did."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def json(self):
        """Its output as JSON."""
        return json.loads(self.out)


class Stack:
    """A running stack."""

    def __init__(self, web="nginx", conf=(), environment=None):
        self.web = web
        self.conf = list(conf)
        said = {line.split("=")[0].strip() for line in self.conf}
        self.conf += ["%s = %s" % one for one in PATIENT.items()
                      if one[0] not in said]
        self.environment = dict(environment or {})
        self.folder = None
        self.env = {}
        self.held = None
        self.port = 0

    # --- life ---------------------------------------------------------------

    def __enter__(self):
        for name in ("memoryrouter", "memoryrouter-admin"):
            if not os.access(program(name), os.X_OK):
                raise tap.Skip("%s is not built" % name)
        self.folder = tempfile.mkdtemp(prefix="memoryrouter-test-")
        os.chmod(self.folder, 0o711)
        self.held = Port()
        self.port = self.held.number
        try:
            self.start()
        except BaseException:
            self.leave()
            raise
        return self

    def __exit__(self, *_):
        self.leave()

    def leave(self):
        """Ends all processes and removes the folder."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.script("stop")
        if os.environ.get("KEEP_RUN_DIR"):
            tap.note("left in %s" % self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.held.close()

    def script(self, action):
        """Runs stack.sh."""
        environment = dict(os.environ, **self.environment)
        environment.update(
            RUN_DIR=os.path.join(self.folder, "run"), WEB=self.web,
            PORT=str(self.port), CONF=self.conf_path(), TOP_SRCDIR=SRCDIR,
            TOP_BUILDDIR=BUILDDIR)
        return subprocess.run(
            ["sh", os.path.join(SRCDIR, "src", "stack.sh"), action],
            env=environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)

    def conf_path(self):
        path = os.path.join(self.folder, "appended.conf")
        with open(path, "w") as file:
            file.write("".join(line + "\n" for line in self.conf))
        os.chmod(path, 0o644)
        return path

    def start(self):
        """Starts it, again perhaps; its data stays."""
        done = self.script("start")
        if done.returncode:
            raise RuntimeError("stack.sh start: %s" % done.stdout)
        self.read_env()
        self.key = self.env["MEMORY_KEY"]
        self.welcome = done.stdout

    def read_env(self):
        """What stack.sh says of the stack."""
        self.run_dir = os.path.realpath(os.path.join(self.folder, "run"))
        self.env = {}
        with open(os.path.join(self.run_dir, "env")) as file:
            for line in file:
                name, value = line.rstrip("\n").split("=", 1)
                self.env[name] = value

    def stop(self):
        """Stops it; its data stays."""
        done = self.script("stop")
        if done.returncode:
            raise RuntimeError("stack.sh stop: %s" % done.stdout)

    @property
    def master(self):
        """Process id of the master."""
        return int(self.env["PID"])

    def workers(self):
        """Process ids of the workers and the learner."""
        return children(self.master)

    def option(self, line):
        """Sets an option in the running stack's file; a SIGHUP reads it."""
        path = self.env["CONF_FILE"]
        name = line.split("=")[0].strip()
        with open(path) as file:
            lines = [one for one in file.read().splitlines()
                     if one.split("=")[0].strip() != name]
        with open(path, "w") as file:
            file.write("\n".join(lines + [line]) + "\n")

    def reload(self, *lines):
        """Goes on with these options; all processes but the master are new."""
        before = self.workers()
        for line in lines:
            self.option(line)
        os.kill(self.master, signal.SIGHUP)
        wait_until("the old workers are gone", lambda: self.workers() and
                   not any(alive(pid) for pid in before))
        wait_until("requests work", lambda: self.request(
            "GET", "/health").status == 200)

    def conf_value(self, name):
        """The value of an option in the running stack's file."""
        with open(self.env["CONF_FILE"]) as file:
            for line in file:
                if line.split("=")[0].strip() == name:
                    return line.split("=", 1)[1].strip()
        return None

    # --- programs -----------------------------------------------------------

    def build(self, name):
        """A program that the stack's user can run."""
        copied = os.path.join(self.run_dir, "app", "src", name)
        return copied if os.path.exists(copied) else program(name)

    def sql_folder(self):
        """The migrations, where the stack's user can read them."""
        copied = os.path.join(self.run_dir, "app", "sql")
        return copied if os.path.exists(copied) else \
            os.path.join(SRCDIR, "sql")

    def run(self, name, *words, input="", environment=None,
            seconds=tap.PATIENCE):
        """Runs one of our programs as the stack's user."""
        return Result(subprocess.run(
            [self.build(name)] + list(words), input=input, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.run_dir,
            env=dict(os.environ, **dict(self.environment,
                                        **(environment or {}))),
            preexec_fn=owner_of(self.run_dir), timeout=seconds, check=False))

    def admin(self, *words, **more):
        """memoryrouter-admin with this stack's options."""
        return self.run("memoryrouter-admin", "--config",
                        self.env["CONF_FILE"], *words, **more)

    def must(self, *words, **more):
        """The JSON that an admin verb prints; it has to work."""
        done = self.admin(*(words + ("--json",)), **more)
        tap.check(done.code == 0, "memoryrouter-admin %s: exit status %d"
                  % (" ".join(words), done.code), done.err)
        return done.json()

    def sql(self, statement, database="memoryrouter"):
        """Rows of a statement, as lists of strings (None for NULL)."""
        done = subprocess.run(
            ["mariadb", "--no-defaults", "--socket=" + self.env["DB_SOCKET"],
             "--user=root", "--batch", "--skip-column-names",
             "--default-character-set=utf8mb4", database],
            input=statement, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=tap.PATIENCE, check=False)
        if done.returncode:
            raise RuntimeError("SQL: %s" % done.stderr)
        return [[None if cell == "NULL" else unescape(cell)
                 for cell in line.split("\t")]
                for line in done.stdout.split("\n") if line]

    def log(self, name="memoryrouter.log"):
        """A log so far."""
        try:
            with open(os.path.join(self.run_dir, "log", name),
                      errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def logs(self):
        """All logs of the stack by name."""
        folder = os.path.join(self.run_dir, "log")
        return {name: self.log(name) for name in sorted(os.listdir(folder))}

    def access_line(self, request_id):
        """The access line of a request, once it was written."""
        def find():
            for line in self.log().splitlines():
                if " access " in line and request_id in line:
                    return line
            return None
        return wait_until("an access line of " + request_id, find)

    # --- accounts and keys --------------------------------------------------

    accounts = 0

    def new_account(self):
        """A new account's e-mail address."""
        Stack.accounts += 1
        email = "user%d@example.org" % Stack.accounts
        self.must("account", "add", "--email", email)
        return email

    def new_key(self, email=None):
        """A new key with a vault of its own: (secret, number)."""
        row = self.must("key", "add", "--account",
                        email or self.env["ADMIN_EMAIL"], "--name", "test")
        return row["key"], int(row["id"])

    # --- requests -----------------------------------------------------------

    def request(self, method, target, headers=(), body=b"", **more):
        """A whole exchange."""
        return http.request(self.port, method, target, headers, body, **more)

    def begin(self, method, target, headers=(), body=b"", **more):
        """An exchange whose body the caller reads."""
        return http.begin(self.port, method, target, headers, body, **more)

    def post(self, body, key=None, headers=None, **more):
        """A chat request; `headers` are added to the usual ones."""
        return self.request("POST", "/v1/chat/completions" +
                            more.pop("query", ""),
                            self.usual(key, headers), body, **more)

    def begin_post(self, body, key=None, headers=None, **more):
        """The same, unread."""
        return self.begin("POST", "/v1/chat/completions",
                          self.usual(key, headers), body, **more)

    def usual(self, key=None, headers=None):
        """The headers of a chat request."""
        usual = {"Content-Type": "application/json",
                 "Authorization": "Bearer " + (key or self.key)}
        usual.update(headers or {})
        return usual

    def chat(self, model, text, key=None, headers=None, **fields):
        """One question of one message."""
        body = {"model": model,
                "messages": [{"role": "user", "content": text}]}
        body.update(fields)
        return self.post(body, key, headers)

    def memory_rows(self, key_id):
        """[(role, text, whether a repeat)] of a key's vault, in order."""
        rows = self.sql(
            "SELECT m.role, m.text, m.duplicate_of FROM memory m "
            "JOIN memory_key k ON k.vault_id = m.vault_id WHERE k.id = %d "
            "ORDER BY m.seq" % key_id)
        return [(ROLES[int(role)], text, bool(int(repeat or 0)))
                for role, text, repeat in rows]

    def memories(self, key_id):
        """[(role, text)] of the vault that a key opens, in order."""
        return [row[:2] for row in self.memory_rows(key_id)]

    def settled(self, reply):
        """Waits until the turn of this reply was committed."""
        request_id = reply.header("x-request-id")
        wait_until("the turn %s is stored" % request_id, lambda: self.sql(
            "SELECT 1 FROM usage_event WHERE request_id = UNHEX('%s')"
            % request_id))

    # --- the database -------------------------------------------------------

    def database_pid(self):
        """MariaDB's process id."""
        with open(os.path.join(self.run_dir, "pids", "mariadb")) as file:
            return int(file.read().split()[0])

    def stop_database(self, number=signal.SIGTERM):
        """Stops MariaDB."""
        pid = self.database_pid()
        os.kill(pid, number)
        wait_until("MariaDB ends", lambda: not alive(pid))

    def start_database(self):
        """Starts MariaDB again, as stack.sh would."""
        log = open(os.path.join(self.run_dir, "log", "mariadb.log"), "a")
        done = subprocess.Popen(
            ["mariadbd", "--defaults-file=" +
             os.path.join(self.run_dir, "etc", "my.cnf")],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, preexec_fn=owner_of(self.run_dir))
        with open("/proc/%d/stat" % done.pid) as file:
            began = file.read().rsplit(")", 1)[1].split()[19]
        with open(os.path.join(self.run_dir, "pids", "mariadb"), "w") as file:
            file.write("%d %s\n" % (done.pid, began))
        log.close()
        self.database = done  # so that it is waited for

        def answers():
            try:
                return self.sql("SELECT 1")
            except RuntimeError:
                return None
        wait_until("MariaDB answers", answers)


def unescape(cell):
    """Undoes the escapes of the client's batch mode."""
    if "\\" not in cell:
        return cell
    out, escaped = "", False
    for char in cell:
        if escaped:
            out += {"n": "\n", "t": "\t", "0": "\0"}.get(char, char)
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            out += char
    return out


class Database(Stack):
    """Only MariaDB with the schema, for programs that need no more."""

    def start(self):
        done = self.script("database")
        if done.returncode:
            raise RuntimeError("stack.sh database: %s" % done.stdout)
        self.read_env()

    def take(self, path, name=None, folder="taken"):
        """A copy of a file that the database's user can read and run."""
        folder = os.path.join(self.run_dir, folder)
        os.makedirs(folder, exist_ok=True)
        copy = os.path.join(folder, name or os.path.basename(path))
        if os.path.exists(copy):
            if os.path.samefile(path, copy):
                return copy
            os.unlink(copy)  # it may be a link to the cache
        shutil.copy(path, copy)
        facts = os.stat(self.run_dir)
        for one in (folder, copy):
            os.chmod(one, 0o755)
            if os.getuid() == 0:
                os.chown(one, facts.st_uid, facts.st_gid)
        return copy

    def give_models(self, folder):
        """The encoder's models in this folder, instead of what is there."""
        for path in glob.glob(os.path.join(folder, "*.model")):
            self.take(path, folder="state/models")


class Both:
    """A fake provider and a stack whose openai row leads to it."""

    def __init__(self, web="nginx", conf=(), key="sk-default", rows=(),
                 environment=None):
        self.upstream = Upstream()
        env = dict(environment or {}, TEST_OPENAI_KEY=key)
        lines = ["provider openai url=%s%s"
                 % (self.upstream.url,
                    " key_env=TEST_OPENAI_KEY" if key else "")]
        lines += ["provider %s url=%s/%s" % (row, self.upstream.url, row)
                  for row in rows]
        self.stack = Stack(web, list(conf) + lines, env)

    def __enter__(self):
        self.upstream.__enter__()
        try:
            self.stack.__enter__()
        except BaseException:
            self.upstream.__exit__()
            raise
        return self.stack, self.upstream

    def __exit__(self, *_):
        self.stack.__exit__()
        self.upstream.__exit__()
