#!/usr/bin/env python3
"""Migrations: from nothing to the expected schema, once, unchanged."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib import tap
from lib.stack import SRCDIR, Stack, owner_of

tests = tap.Plan()


def schema(stack, database):
    """SHOW CREATE TABLE of all tables, as sql/schema.expected has it."""
    parts = []
    for (table,) in stack.sql("SHOW TABLES", database):
        text = stack.sql("SHOW CREATE TABLE `%s`" % table, database)[0][1]
        parts.append(re.sub(r" AUTO_INCREMENT=\d+", "", text) + ";\n")
    return "\n".join(parts)


def empty_database(stack, name):
    """A database with nothing in it, and the words that name it."""
    stack.sql("DROP DATABASE IF EXISTS %s; CREATE DATABASE %s CHARACTER SET "
              "utf8mb4 COLLATE utf8mb4_nopad_bin; GRANT ALL ON %s.* TO "
              "memoryrouter_admin@localhost" % (name, name, name), "mysql")
    return {"MEMORYROUTER_DB_NAME": name}


def copied_sql(stack, name):
    """A copy of sql/ that a test may change."""
    folder = os.path.join(stack.run_dir, "tmp", name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(os.path.join(SRCDIR, "sql"), folder)
    facts = os.stat(stack.run_dir)
    for path in [folder] + [os.path.join(folder, one)
                            for one in os.listdir(folder)]:
        os.chmod(path, 0o755 if os.path.isdir(path) else 0o644)
        os.chown(path, facts.st_uid, facts.st_gid)
    return folder


@tests.test
def an_empty_database_becomes_the_expected_schema(stack):
    env = empty_database(stack, "fresh")
    done = stack.admin("migrate", "--sql-dir", stack.sql_folder(),
                       environment=env)
    tap.equal(done.code, 0, "exit status: " + done.err)
    with open(os.path.join(SRCDIR, "sql", "schema.expected")) as file:
        expected = file.read()
    seen = schema(stack, "fresh")
    squeeze = lambda text: re.sub(r"\s+", " ", text).strip()
    if squeeze(seen) != squeeze(expected):
        with open(os.path.join(stack.folder, "seen"), "w") as file:
            file.write(seen)
        diff = subprocess.run(
            ["diff", "-u", os.path.join(SRCDIR, "sql", "schema.expected"),
             os.path.join(stack.folder, "seen")], stdout=subprocess.PIPE,
            text=True, check=False)
        raise tap.Failed("the schema differs\n" + diff.stdout)


# What the first version could hold, as rows of it.
FIRST = """
INSERT INTO account (id, email, created_at) VALUES (7, 'a@example.org', 1);
INSERT INTO model (id, kind, provider, name, fetched_at)
    VALUES (5, 'embedding', 'local', 'm', 1);
INSERT INTO vault (id, account_id, next_seq, model_id, memory_count,
    created_at) VALUES (3, 7, 4, 5, 3, 1);
INSERT INTO memory_key (id, account_id, vault_id, secret_hash, last_four,
    created_at) VALUES (4, 7, 3, REPEAT('h', 32), 'abcd', 1);
INSERT INTO provider_key VALUES (7, 'openai', 1, 'sealed', 'wxyz', 1);
INSERT INTO session (id, vault_id, name, created_at) VALUES (2, 3, 's', 1);
INSERT INTO memory (vault_id, seq, id, session_id, turn, position, role, text,
    content_hash, tokens, occurred_at, created_at, source) VALUES
    (3, 1, 1, 0, 1, 0, 0, 'one', REPEAT('1', 32), 1, 10, 10, 'chat'),
    (3, 2, 2, 2, 2, 0, 0, 'two', REPEAT('2', 32), 1, 20, 20, 'chat'),
    (3, 3, 3, 2, 2, 0, 1, 'three', REPEAT('3', 32), 1, 30, 30, 'chat');
INSERT INTO embedding VALUES (3, 5, 2, 'vector', 1);
INSERT INTO usage_event VALUES (1, REPEAT('r', 16), 7, 4, 3, 'openai',
    'gpt-4o', 'openai_chat', 200, 5, 6, 0, 0, 1, 2, 3, 4, 5, 6, 30);
"""


# More versions than a memory keeps: of one too many, of another too long ones.
VERSIONS = """
INSERT INTO memory_version SELECT 3, 1, seq, 0, '', 'text', 1, NULL, 1
    FROM seq_1_to_1003;
INSERT INTO memory_version SELECT 3, 2, seq, 0, '', REPEAT('x', 32000), 1,
    CONCAT('{"a":"', REPEAT('y', 2992), '"}'), 1 FROM seq_1_to_40;
INSERT INTO memory_version SELECT 3, 3, seq, 0, '', 'text', 1, NULL, 1
    FROM seq_1_to_2;
"""


@tests.test
def rows_of_the_first_version_outlive_all_migrations(stack):
    env = empty_database(stack, "aged")
    folder = copied_sql(stack, "aged")
    files = sorted(name for name in os.listdir(folder)
                   if re.match(r"\d{3}_", name))
    for name in files[1:]:
        os.rename(os.path.join(folder, name),
                  os.path.join(folder, name + ".later"))
    count = "SELECT COUNT(*), SUM(id), GROUP_CONCAT(text ORDER BY id) " \
        "FROM memory"
    for at, name in enumerate(files):
        if at:
            os.rename(os.path.join(folder, name + ".later"),
                      os.path.join(folder, name))
        done = stack.admin("migrate", "--sql-dir", folder, environment=env)
        tap.equal(done.code, 0, name + ": " + done.err)
        if not at:
            stack.sql(FIRST, "aged")
        if name.startswith("005_"):
            stack.sql(VERSIONS, "aged")
        tap.equal(stack.sql(count, "aged"), [["3", "6", "one,two,three"]],
                  "memories after " + name)
    for table in ("account", "vault", "memory_key", "provider_key", "session",
                  "embedding", "usage_event"):
        tap.equal(stack.sql("SELECT COUNT(*) FROM " + table, "aged"), [["1"]],
                  table)
    tap.equal(stack.sql("SELECT memory_id, MIN(version), MAX(version) FROM "
                        "memory_version GROUP BY 1", "aged"),
              [["1", "4", "1003"], ["2", "12", "40"], ["3", "1", "2"]],
              "versions")
    tap.equal(schema(stack, "aged"), schema(stack, "fresh"), "the schema")


@tests.test
def the_running_stack_has_the_same_schema(stack):
    empty_database(stack, "other")
    stack.admin("migrate", "--sql-dir", stack.sql_folder(),
                environment={"MEMORYROUTER_DB_NAME": "other"})
    tap.equal(schema(stack, "memoryrouter"), schema(stack, "other"), "schema")


@tests.test
def every_table_has_a_primary_key(stack):
    rows = stack.sql(
        "SELECT t.table_name FROM information_schema.tables t WHERE "
        "t.table_schema = 'memoryrouter' AND NOT EXISTS (SELECT 1 FROM "
        "information_schema.table_constraints c WHERE c.table_schema = "
        "t.table_schema AND c.table_name = t.table_name AND "
        "c.constraint_type = 'PRIMARY KEY')")
    tap.equal(rows, [], "tables without a primary key")


@tests.test
def a_second_run_does_nothing(stack):
    before = stack.sql("SELECT * FROM schema_migration")
    done = stack.admin("migrate", "--sql-dir", stack.sql_folder())
    tap.equal(done.code, 0, "exit status: " + done.err)
    tap.equal(stack.sql("SELECT * FROM schema_migration"), before, "rows")


@tests.test
def two_runs_at_once_do_not_collide(stack):
    env = empty_database(stack, "two_at_once")
    runs = [subprocess.Popen(
        [stack.build("memoryrouter-admin"), "--config",
         stack.env["CONF_FILE"], "migrate", "--sql-dir", stack.sql_folder()],
        env=dict(os.environ, **env), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, cwd=stack.run_dir,
        preexec_fn=owner_of(stack.run_dir)) for _ in range(4)]
    for run in runs:
        out, _ = run.communicate(timeout=tap.PATIENCE)
        tap.equal(run.returncode, 0, "exit status: " + out)
    rows = stack.sql("SELECT version FROM schema_migration", "two_at_once")
    tap.equal(len(rows), len({row[0] for row in rows}), "versions")
    tap.check(rows, "something was applied")


@tests.test
def status_tells_what_is_applied_and_what_is_not(stack):
    env = empty_database(stack, "waiting")
    rows = stack.must("migrate", "--status", "--sql-dir", stack.sql_folder(),
                      environment=env)
    rows = rows if isinstance(rows, list) else rows["migrations"]
    tap.check(rows and all(row["state"] == "pending" for row in rows),
              "all are pending", rows)
    rows = stack.must("migrate", "--status", "--sql-dir", stack.sql_folder())
    rows = rows if isinstance(rows, list) else rows["migrations"]
    tap.check(rows and all(row["state"] == "applied" for row in rows),
              "all are applied", rows)
    human = stack.admin("migrate", "--status", "--sql-dir",
                        stack.sql_folder())
    tap.contains(human.out, "initial", "the table")


@tests.test
def a_changed_file_is_refused(stack):
    env = empty_database(stack, "changed")
    folder = copied_sql(stack, "changed")
    done = stack.admin("migrate", "--sql-dir", folder, environment=env)
    tap.equal(done.code, 0, "exit status: " + done.err)
    path = os.path.join(folder, "001_initial.sql")
    with open(path, "a") as file:
        file.write("-- changed\n")
    done = stack.admin("migrate", "--sql-dir", folder, environment=env)
    tap.equal(done.code, 1, "exit status")
    tap.contains(done.err, "001", "the message names the file")
    rows = stack.admin("migrate", "--status", "--json", "--sql-dir", folder,
                       environment=env)
    tap.contains(rows.out, "changed", "--status")


@tests.test
def a_new_file_is_applied_and_a_broken_one_is_not_recorded(stack):
    env = empty_database(stack, "grown")
    folder = copied_sql(stack, "grown")
    good = os.path.join(folder, "900_more.sql")
    with open(good, "w") as file:
        file.write("CREATE TABLE more (id INT PRIMARY KEY);\n")
    os.chmod(good, 0o644)
    done = stack.admin("migrate", "--sql-dir", folder, environment=env)
    tap.equal(done.code, 0, "exit status: " + done.err)
    tap.equal(stack.sql("SELECT COUNT(*) FROM more", "grown"), [["0"]], "it")
    bad = os.path.join(folder, "901_broken.sql")
    with open(bad, "w") as file:
        file.write("CREATE TABEL broken (id INT PRIMARY KEY);\n")
    os.chmod(bad, 0o644)
    done = stack.admin("migrate", "--sql-dir", folder, environment=env)
    tap.equal(done.code, 1, "exit status")
    tap.contains(done.err, "901", "the message names the file")
    tap.equal(stack.sql("SELECT 1 FROM schema_migration WHERE version = 901",
                        "grown"), [], "its row")


@tests.test
def the_serving_user_cannot_change_the_schema(stack):
    rows = stack.sql("SHOW GRANTS FOR memoryrouter@localhost", "mysql")
    text = " ".join(row[0] for row in rows)
    for word in ("CREATE", "ALTER", "DROP", "ALL PRIVILEGES", "INDEX"):
        tap.lacks(text, word, "grants")


tests.run(Stack)
