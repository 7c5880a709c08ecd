"""The client libraries, installed unmodified by pip and npm.

They stand in a cache folder whose names hold a hash of the pins, so that a
second run needs no network, and changed pins never meet an old installation.
"""
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 900
broken = {}     # what failed once is not tried again in the same run


class Missing(Exception):
    """A library cannot be had."""


def cache_folder():
    """Where installations stay."""
    base = os.environ.get("XDG_CACHE_HOME") or \
        os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "memoryrouter-tests")


def version(*command):
    """What a program says of its version."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, check=True,
                              timeout=60, stdin=subprocess.DEVNULL,
                              text=True).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise Missing("%s does not run (%s); ./autogen.sh deps installs it, "
                      "NO_CLIENTS=1 leaves these tests out"
                      % (command[0], error)) from error


def must(command, folder):
    """Runs a package manager."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise Missing("%s failed in %s (the first run needs the network; "
                      "NO_CLIENTS=1 leaves these tests out):\n%s"
                      % (" ".join(command[:4]), folder, done.stdout[-2000:]))


def installed(name, pins, interpreter, install):
    """The folder of an installation, which is made if it is not there."""
    with open(os.path.join(HERE, pins), "rb") as file:
        text = file.read()
    digest = hashlib.sha256(text + interpreter.encode()).hexdigest()[:16]
    folder = os.path.join(cache_folder(), "%s-%s" % (name, digest))
    os.makedirs(cache_folder(), exist_ok=True)
    with open(folder + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(folder, "complete")):
            if folder in broken:
                raise broken[folder]
            print("# installing %s into %s" % (pins, folder), flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            try:
                install(folder)
            except Missing as error:
                broken[folder] = error
                raise
            open(os.path.join(folder, "complete"), "w").close()
    return folder


def python_with(name, pins):
    """The interpreter of an environment that has what the pins say."""
    def install(folder):
        must([sys.executable, "-m", "venv", folder], HERE)
        must([os.path.join(folder, "bin", "pip"), "install", "--quiet",
              "--disable-pip-version-check", "--no-input", "-r",
              os.path.join(HERE, pins)], folder)
    return os.path.join(installed(name, pins, sys.version, install), "bin",
                        "python")


def python(generation):
    """The interpreter that has one generation of the Python clients."""
    name = "python-%s" % generation
    return python_with(name, name + ".pins")


def node_modules(name="node", pins="package.json"):
    """The folder of the Node clients, or of what other pins name."""
    release = version("node", "--version")
    version("npm", "--version")

    def install(folder):
        shutil.copy(os.path.join(HERE, pins),
                    os.path.join(folder, "package.json"))
        must(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error",
              "--ignore-scripts"], folder)
    return os.path.join(installed(name, pins, release, install),
                        "node_modules")
