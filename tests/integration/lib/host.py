"""A host that is a folder: /etc, /usr, /var and /run lie below it, and what
needs root or a system is played by small programs on PATH.

    with Host(db_socket) as host:
        host.shell("cp /usr/share/x /etc/ && systemctl reload nginx")

Paths in the text, and in what it copies to /etc, are put below the folder;
the ports 80 and 8080 become free ones; www-data becomes our own group.
MariaDB is the server behind db_socket, where `mariadb' is its root.
"""
import glob
import grp
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

from . import tap
from .stack import BUILDDIR, Port, alive, owner_of

MODULES = "/usr/lib/apache2/modules"

SHIMS = {
    "useradd": """
while [ $# -gt 1 ]; do
    [ "$1" != --home-dir ] || home=$2
    shift
done
[ "$1" = memoryrouter ] && mkdir -p "$home"
""",
    "chown": """
shift
[ "$1" = memoryrouter: ] && ls "$2" >/dev/null
""",
    "runuser": """
[ "$1 $2 $3" = "-u memoryrouter --" ] && shift 3 && exec "$@"
""",
    "mariadb": """
exec @mariadb@ --no-defaults --socket=@db_socket@ --user=root "$@"
""",
    "cp": """
@cp@ "$@" && exec python3 "$HOST/rebase" "$@"
""",
    "nginx": """
exec @nginx@ -p "$HOST" -e "$HOST/var/log/nginx.log" \\
    -c "$HOST/etc/nginx/nginx.conf" "$@"
""",
    "apachectl": """
[ "$1" = configtest ] && set -- -t
exec @apache2@ -f "$HOST/etc/apache2/apache2.conf" "$@"
""",
    "a2enmod": """
for module; do
    [ -f "@modules@/mod_$module.so" ]
    echo "LoadModule ${module}_module @modules@/mod_$module.so" \\
        >"$HOST/etc/apache2/mods-enabled/$module.load"
done
""",
    "systemctl": """
unit=$HOST/etc/systemd/system/memoryrouter.service
launch() {
    setsid "$@" </dev/null >>"$HOST/var/log/system" 2>&1 &
    echo $! >>"$HOST/pids"
}
await() {
    for _ in $(seq 240); do
        ! "$@" || return 0
        sleep 0.5
    done
    return 1
}
case $* in
daemon-reload)
    grep -q '^ExecStart=' "$unit"
    ;;
"enable --now memoryrouter")
    mkdir -p "$HOST/run/$(sed -n 's/^RuntimeDirectory=//p' "$unit")"
    $(sed -n 's/^ExecStartPre=//p' "$unit")
    launch $(sed -n 's/^ExecStart=//p' "$unit")
    await [ -S "$MEMORYROUTER_SOCKET" ]
    ;;
"reload nginx")
    launch nginx
    await curl -s -o /dev/null "http://127.0.0.1:$NGINX_PORT/"
    ;;
"reload apache2")
    launch apachectl -DFOREGROUND
    await curl -s -o /dev/null "http://127.0.0.1:$APACHE_PORT/"
    ;;
*)
    echo "systemctl: not here: $*" >&2
    exit 1
    ;;
esac
""",
}

REBASE = """
import os, sys
sys.path.insert(0, %r)
from lib import host
target = sys.argv[-1]
names = [target] if not os.path.isdir(target) else [
    os.path.join(target, os.path.basename(name)) for name in sys.argv[1:-1]]
for name in names:
    if name.startswith(os.environ["HOST"] + "/etc/"):
        with open(name) as file:
            text = file.read()
        with open(name, "w") as file:
            file.write(host.rebase(text, os.environ))
"""

NGINX = """
daemon off;
pid %(host)s/run/nginx.pid;
events { }
http {
    client_body_temp_path %(host)s/var/nginx-body;
    fastcgi_temp_path %(host)s/var/nginx-fastcgi;
    proxy_temp_path %(host)s/var/nginx-proxy;
    scgi_temp_path %(host)s/var/nginx-scgi;
    uwsgi_temp_path %(host)s/var/nginx-uwsgi;
    include %(host)s/etc/nginx/sites-enabled/*;
}
"""

APACHE = """
ServerRoot %(host)s
ServerName localhost
PidFile %(host)s/run/apache.pid
DefaultRuntimeDir %(host)s/run
Mutex posixsem default
ErrorLog %(host)s/var/log/apache.log
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule env_module %(modules)s/mod_env.so
IncludeOptional %(host)s/etc/apache2/mods-enabled/*.load
IncludeOptional %(host)s/etc/apache2/sites-enabled/*.conf
"""


def rebase(text, env):
    """The text with this host's paths, ports and group."""
    text = re.sub(r"(?<![\w./-])/(etc|usr|var|run)(?=[/\s\"]|$)",
                  lambda match: env["HOST"] + match.group(0), text,
                  flags=re.M)
    text = text.replace("127.0.0.1:8080", "127.0.0.1:" + env["APACHE_PORT"])
    text = text.replace("localhost:8080", "127.0.0.1:" + env["APACHE_PORT"])
    text = text.replace("127.0.0.1:80;", "127.0.0.1:%s;" % env["NGINX_PORT"])
    text = text.replace("http://localhost/",
                        "http://127.0.0.1:%s/" % env["NGINX_PORT"])
    return text.replace("www-data", env["OUR_GROUP"])


class Host:
    """The host; its commands run as `nobody' when we are root."""

    def __init__(self, db_socket):
        self.top = tempfile.mkdtemp(prefix="mr-host-", dir="/tmp")
        os.chmod(self.top, 0o711)
        self.folder = os.path.join(self.top, "host")
        self.source = os.path.join(self.top, "source")
        self.owner = pwd.getpwnam("nobody") if os.getuid() == 0 else \
            pwd.getpwuid(os.getuid())
        self.places = {
            "db_socket": db_socket, "modules": MODULES,
            "mariadb": shutil.which("mariadb"), "cp": shutil.which("cp"),
            "nginx": self.find("nginx"), "apache2": self.find("apache2")}
        self.ports = [Port(), Port()]
        self.env = self.environment()

    def find(self, name):
        path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
        if not path:
            shutil.rmtree(self.top)
            raise tap.Skip("%s is not installed" % name)
        return path

    def environment(self):
        """What a login shell has, and what the played programs need."""
        env = {name: os.environ[name] for name in ("CC", "LANG", "TERM")
               if name in os.environ}
        env.update(
            HOST=self.folder, HOME=self.top, CFLAGS="-O1",
            MAKEFLAGS="-j%d" % (os.cpu_count() or 1),
            NGINX_PORT=str(self.ports[0].number),
            APACHE_PORT=str(self.ports[1].number),
            OUR_GROUP=grp.getgrgid(self.owner.pw_gid).gr_name,
            MEMORYROUTER_SOCKET=self.folder +
            "/run/memoryrouter/memoryrouter.sock", no_proxy="*",
            PYTHONDONTWRITEBYTECODE="1", PATH=":".join([
                self.top + "/shims", self.folder + "/usr/sbin",
                self.folder + "/usr/bin", os.environ["PATH"]]))
        return env

    def write(self, path, text, mode=0o644):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)

    def __enter__(self):
        for folder in ("etc/apache2/mods-enabled", "run", "var/log/nginx",
                       "etc/apache2/sites-enabled", "etc/systemd/system",
                       "etc/nginx/sites-enabled", "var/log/apache2"):
            os.makedirs(os.path.join(self.folder, folder))
        os.mkdir(os.path.join(self.folder, "run/mysqld"))
        os.symlink(self.places["db_socket"],
                   os.path.join(self.folder, "run/mysqld/mysqld.sock"))
        names = {"host": self.folder, "modules": MODULES}
        self.write("etc/nginx/nginx.conf", NGINX % names)
        self.write("etc/apache2/apache2.conf", APACHE % names)
        here = os.path.dirname(os.path.abspath(__file__))
        lib = os.path.join(self.top, "lib")
        shutil.copytree(here, lib, ignore=shutil.ignore_patterns("__py*"))
        self.write("rebase", REBASE % self.top)
        for name, text in SHIMS.items():
            text = re.sub("@([a-z0-9_]+)@",
                          lambda match: self.places[match.group(1)], text)
            self.write("../shims/" + name, "#!/bin/sh -eu" + text, 0o755)
        try:
            self.copy_source()
        except BaseException:
            self.__exit__()
            raise
        return self

    def copy_source(self):
        """The files of a release."""
        env = {name: value for name, value in os.environ.items()
               if not name.startswith("MAKE") and name != "MFLAGS"}
        done = subprocess.run(
            ["make", "-s", "distdir", "distdir=" + self.source],
            cwd=BUILDDIR, env=env, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False)
        tap.check(done.returncode == 0, "make distdir", done.stdout)
        if os.getuid() == 0:
            for folder, _, files in os.walk(self.top):
                for path in [folder] + [os.path.join(folder, name)
                                        for name in files]:
                    os.lchown(path, self.owner.pw_uid, self.owner.pw_gid)

    def __exit__(self, *_):
        try:
            with open(os.path.join(self.folder, "pids")) as file:
                pids = [int(word) for word in file.read().split()]
        except OSError:
            pids = []
        for pid in reversed(pids):
            self.end(pid)
        for port in self.ports:
            port.close()
        if os.environ.get("KEEP_RUN_DIR"):
            tap.note("left in %s" % self.top)
        else:
            shutil.rmtree(self.top, ignore_errors=True)

    def end(self, pid):
        """Ends a process that systemctl started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for _ in range(100):
                if not alive(pid):
                    return
                if number:
                    os.kill(pid, number)
                    number = 0
                time.sleep(0.1)

    def shell(self, text, seconds=1200):
        """What these commands print, each of which has to work."""
        done = subprocess.run(
            ["sh", "-eu"], input=rebase(text, self.env), text=True,
            cwd=self.source, env=self.env, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=seconds, check=False,
            preexec_fn=owner_of(self.top))
        tap.check(done.returncode == 0, "exit status %d of:\n%s"
                  % (done.returncode, text), done.stdout[-3000:])
        return done.stdout

    def logs(self):
        """What the servers said."""
        text = ""
        for path in glob.glob(os.path.join(self.folder, "var/log/*")):
            if os.path.isfile(path):
                with open(path, errors="replace") as file:
                    text += file.read()
        return text
