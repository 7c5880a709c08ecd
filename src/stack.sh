#!/bin/sh
# Starts and stops a private stack: MariaDB, memoryrouter and a web server, all
# in one folder, on one port of this machine, without root.
#
#   stack.sh run      in the foreground, until Ctrl-C
#   stack.sh start    returns when it is ready, that is when RUN_DIR/env exists
#   stack.sh database only MariaDB with the schema, for programs that bring
#                     their own; RUN_DIR/env has CONF_FILE and DB_SOCKET
#   stack.sh stop     ends it, also one that started only in part
#   stack.sh clean    ends it and forgets its data
#
# Environment: PORT (default: 8080 or the next free one), WEB (nginx, apache or
# fcgid), RUN_DIR (run), CONF (a file of options; they win over ours, but for
# the socket, the folder and the database), TOP_SRCDIR and TOP_BUILDDIR (where
# the sources and the programs are).
#
# In RUN_DIR: env (addresses and keys, for scripts), memoryrouter.conf, log/,
# state/, db/ (MariaDB's data), etc/ (generated files of the servers), pids/
# (process id and start time of each, so that no other process is ever ended),
# secrets (what survives a restart).

set -eu
umask 077
PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

say() {
    printf '%s\n' "$*"
}

die() {
    printf 'stack: %s\n' "$*" >&2
    exit 1
}

# The first of the programs that exists.
tool() {
    for name in "$@"; do
        command -v "$name" && return 0
    done
    die "$1 is missing; ./autogen.sh deps installs it"
}

random_hex() {
    od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

# --- processes --------------------------------------------------------------

# State and start time of a process: "S 12345".
process_facts() {
    line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    # The name, in parentheses, may hold anything.
    # shellcheck disable=SC2086 # split into fields
    set -- ${line##*) }
    say "$1 ${20}"
}

# The process that we started under this name still runs; sets pid.
alive() {
    pid=
    [ -f "$dir/pids/$1" ] || return 1
    read -r pid began <"$dir/pids/$1" || return 1
    facts=$(process_facts "$pid") || return 1
    [ "${facts#* }" = "$began" ] && [ "${facts% *}" != Z ]
}

# launch NAME COMMAND...: in a session of its own, so that Ctrl-C reaches only
# us and we can stop all in order.
launch() {
    name=$1
    shift
    setsid "$@" </dev/null >>"$dir/log/$name.log" 2>&1 &
    began=$(process_facts $!) || die "$name ended at once: $dir/log/$name.log"
    say "$! ${began#* }" >"$dir/pids/$name"
}

# end NAME SECONDS: asks, waits, then insists.
end() {
    tenths=$(($2 * 10))
    if alive "$1"; then
        kill -TERM "$pid" 2>/dev/null || true
    fi
    while alive "$1" && [ "$tenths" -gt 0 ]; do
        sleep 0.1
        tenths=$((tenths - 1))
    done
    if alive "$1"; then
        say "$1 did not stop within $2 seconds and is killed" >&2
        kill -KILL -- "-$pid" 2>/dev/null || true
    elif [ -n "$pid" ] && [ ! -e "/proc/$pid" ]; then
        # The leader is gone; its session may still hold children of it.
        kill -KILL -- "-$pid" 2>/dev/null || true
    fi
    rm -f "$dir/pids/$1"
}

stop() {
    rm -f "$dir/env"
    end web 10
    end memoryrouter 45
    end mariadb 60
    if [ -f "$dir/sockets" ]; then
        read -r folder <"$dir/sockets"
        case $folder in
        */memoryrouter-??????) rm -rf "$folder" ;;
        esac
        rm -f "$dir/sockets"
    fi
}

# A start that fails leaves nothing behind, and shows why.
give_up() {
    printf 'stack: %s\n' "$1" >&2
    if [ -s "${2-}" ]; then
        printf 'stack: the end of %s:\n' "$2" >&2
        tail -n 40 "$2" | sed 's/^/    /' >&2
    fi
    stop
    exit 1
}

# await SECONDS WHAT LOG COMMAND...: until it works, while all processes live.
await() {
    deadline=$(($(date +%s) + $1))
    what=$2
    why=$3
    shift 3
    until "$@" >/dev/null 2>&1; do
        for name in "$dir"/pids/*; do
            name=${name##*/}
            alive "$name" ||
                give_up "$name ended before $what" "$dir/log/$name.log"
        done
        [ "$(date +%s)" -lt "$deadline" ] ||
            give_up "waited in vain: $what" "$why"
        sleep 0.1
    done
}

# --- MariaDB ----------------------------------------------------------------

# shellcheck disable=SC2120 # its arguments come by way of await
sql() {
    "$(tool mariadb mysql)" --no-defaults --socket="$db_socket" --user=root "$@"
}

start_mariadb() {
    if [ ! -d "$dir/db" ]; then
        rm -rf "$dir/db.new"
        # A folder of its own: a server that starts removes temporary tables,
        # also those of others.
        "$(tool mariadb-install-db mysql_install_db)" --no-defaults \
            --datadir="$dir/db.new" --tmpdir="$dir/tmp" \
            --auth-root-authentication-method=normal --skip-test-db \
            --skip-name-resolve --innodb-log-file-size=8M \
            >"$dir/log/mariadb-install.log" 2>&1 ||
            give_up "MariaDB's tables could not be made" \
                "$dir/log/mariadb-install.log"
        mv "$dir/db.new" "$dir/db"
    fi
    # Small and safe: every commit reaches the disk.
    cat >"$dir/etc/my.cnf" <<EOF
[mariadbd]
datadir = $dir/db
socket = $db_socket
pid-file = $dir/db/mariadbd.pid
tmpdir = $dir/tmp
skip-networking
skip-name-resolve
skip-log-bin
character-set-server = utf8mb4
performance_schema = OFF
innodb_buffer_pool_size = 64M
innodb_log_file_size = 8M
innodb_log_buffer_size = 2M
max_connections = 400
key_buffer_size = 64K
aria_pagecache_buffer_size = 1M
query_cache_size = 0
innodb_read_io_threads = 2
innodb_write_io_threads = 2
EOF
    launch mariadb "$(tool mariadbd mysqld)" --defaults-file="$dir/etc/my.cnf"
    await 120 "MariaDB answers" "$dir/log/mariadb.log" sql -e 'SELECT 1'
}

# The database and its two users, as an administrator would make them.
prepare_database() {
    if [ ! -f "$dir/db.ready" ]; then
        {
            cat "$TOP_SRCDIR/sql/grants.sql"
            say "ALTER USER memoryrouter@localhost" \
                "IDENTIFIED BY '$DB_PASSWORD';"
            say "ALTER USER memoryrouter_admin@localhost" \
                "IDENTIFIED BY '$DB_ADMIN_PASSWORD';"
        } >"$dir/tmp/users.sql"
        sql <"$dir/tmp/users.sql" >"$dir/log/users.log" 2>&1 ||
            give_up "the database users could not be made" \
                "$dir/log/users.log"
        rm -f "$dir/tmp/users.sql"
        : >"$dir/db.ready"
    fi
    admin migrate --sql-dir "$TOP_SRCDIR/sql"
}

# --- memoryrouter -----------------------------------------------------------

# What the stack itself needs as it is.
reserved='socket state_dir db_host db_port db_socket db_name db_user
    db_password db_password_file db_admin_user db_admin_password
    db_admin_password_file'

# The lines of CONF that set this option, with their numbers.
set_by_conf() {
    grep -En "^[[:space:]]*$1[[:space:]]*=" "$dir/etc/appended.conf"
}

# option NAME VALUE: unless CONF sets it.
option() {
    set_by_conf "$1" >/dev/null || say "$1 = $2"
}

write_configuration() {
    if [ -n "${CONF-}" ]; then
        cat "$CONF" >"$dir/etc/appended.conf" || die "CONF=$CONF: unreadable"
    else
        : >"$dir/etc/appended.conf"
    fi
    for name in $reserved; do
        ! line=$(set_by_conf "$name") ||
            die "CONF, line ${line%%:*}: $name belongs to the stack itself"
    done
    printf '%s' "$DB_PASSWORD" >"$dir/etc/db-password"
    printf '%s' "$DB_ADMIN_PASSWORD" >"$dir/etc/db-admin-password"
    printf '%s' "$ADMIN_SECRET" | sha256sum >"$dir/etc/admin-secret"
    {
        say "# Written by stack.sh at each start."
        say "socket = $socket"
        say "state_dir = $dir/state"
        say "db_socket = $db_socket"
        say "db_user = memoryrouter"
        say "db_password_file = $dir/etc/db-password"
        say "db_admin_user = memoryrouter_admin"
        say "db_admin_password_file = $dir/etc/db-admin-password"
        option demo on
        option admin_secret_file "$dir/etc/admin-secret"
        say
        cat "$dir/etc/appended.conf"
    } >"$conf"
}

admin() {
    "$TOP_BUILDDIR/src/memoryrouter-admin" --config "$conf" "$@" \
        >"$dir/log/admin.out" 2>"$dir/log/admin.log" ||
        give_up "memoryrouter-admin $1 did not work" "$dir/log/admin.log"
}

# One account with one key, made at the first start.
make_account() {
    [ -z "${MEMORY_KEY-}" ] || return 0
    printf '%s' "$ADMIN_PASSWORD" >"$dir/tmp/password"
    admin account add --email "$ADMIN_EMAIL" --role admin \
        --password-file "$dir/tmp/password"
    rm -f "$dir/tmp/password"
    admin key add --account "$ADMIN_EMAIL" --name first
    MEMORY_KEY=$(grep -o 'mk_[A-Za-z0-9]*' "$dir/log/admin.out" | head -n 1)
    : >"$dir/log/admin.out"
    [ -n "$MEMORY_KEY" ] || give_up "memoryrouter-admin key add gave no key"
    say "MEMORY_KEY=$MEMORY_KEY" >>"$dir/secrets"
}

remember_secrets() {
    if [ ! -f "$dir/secrets" ]; then
        {
            say "DB_PASSWORD=$(random_hex 16)"
            say "DB_ADMIN_PASSWORD=$(random_hex 16)"
            say "ADMIN_EMAIL=admin@localhost"
            say "ADMIN_PASSWORD=$(random_hex 8)"
            say "ADMIN_SECRET=$(random_hex 16)"
        } >"$dir/secrets.new"
        mv "$dir/secrets.new" "$dir/secrets"
    fi
    MEMORY_KEY=
    # shellcheck disable=SC1091 # written above
    . "$dir/secrets"
}

# --- the encoder's model ----------------------------------------------------

# Does the configuration want no model of ours?
has_other_embedding() {
    [ "${MEMORYROUTER_EMBEDDING:-local}" != local ] ||
        [ -n "${MEMORYROUTER_MODEL_DIR-}" ] ||
        grep -Eqs -e '^[[:space:]]*embedding[[:space:]]*=[[:space:]]*[hn]' \
            -e '^[[:space:]]*model_dir[[:space:]]*=' "${CONF:-/dev/null}"
}

# model_fetch FOLDER: nothing happens where it is there.  Of CONF only the
# address counts here; what else may be wrong in it is told later.
model_fetch() {
    url=${MEMORYROUTER_MODEL_URL:-$(sed -n \
        's/^[[:space:]]*model_url[[:space:]]*=[[:space:]]*//p' \
        "${CONF:-/dev/null}")}
    env MEMORYROUTER_MODEL_DIR="$1" ${url:+"MEMORYROUTER_MODEL_URL=$url"} \
        "$TOP_BUILDDIR/src/memoryrouter-admin" --config /dev/null model fetch
}

# Gets the model into the user's cache, once for all stacks, and leaves its
# path in MODEL_FILE; without it recall goes by words alone.
cache_model() {
    MODEL_FILE=
    export MODEL_FILE
    if [ ! -x "$TOP_BUILDDIR/src/memoryrouter-admin" ] || has_other_embedding
    then
        return 0
    fi
    folder=${XDG_CACHE_HOME:-${HOME-}/.cache}/memoryrouter/models
    file=$folder/e5-small-v2.model
    why="it could not be had within the last hour ($folder/failed)"
    if [ -e "$file" ] ||
        [ -z "$(find "$folder/failed" -mmin -60 2>/dev/null)" ]; then
        if [ -t 2 ]; then
            why="see above"
            ! model_fetch "$folder" >/dev/null || MODEL_FILE=$file
        elif why=$(model_fetch "$folder" 2>&1 >/dev/null); then
            MODEL_FILE=$file
        fi
        case $why in
        *"cannot be had"*) touch "$folder/failed" 2>/dev/null || true ;;
        esac
    fi
    [ -n "$MODEL_FILE" ] ||
        say "No encoder, so recall goes by words alone:" \
            "${why##*memoryrouter-admin: }"
}

# Into the state folder, as a link where that is possible.
give_model() {
    [ -n "${MODEL_FILE-}" ] || return 0
    mkdir -p "$dir/state/models"
    target=$dir/state/models/${MODEL_FILE##*/}
    if ! cmp -s "$MODEL_FILE" "$target"; then
        rm -f "$target.new"
        ln "$MODEL_FILE" "$target.new" 2>/dev/null || {
            cp "$MODEL_FILE" "$target.new"
            chmod 644 "$target.new"
        }
        mv -f "$target.new" "$target"
    fi
}

# --- web servers ------------------------------------------------------------

port_taken() {
    hex=$(printf '%04X' "$1")
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port \
            { found = 1 } END { exit !found }'
}

choose_port() {
    if [ -n "${PORT-}" ]; then
        case $PORT in
        *[!0-9]*) die "PORT=$PORT is not a number" ;;
        esac
        [ "$PORT" -ge 1 ] && [ "$PORT" -le 65535 ] ||
            die "PORT=$PORT is not a port: 1 to 65535"
        ! port_taken "$PORT" ||
            die "port $PORT is taken; choose another: PORT=..."
        return
    fi
    PORT=8080
    while port_taken "$PORT"; do
        PORT=$((PORT + 1))
        [ "$PORT" -lt 8180 ] || die "no free port from 8080 to 8179; set PORT"
    done
    [ "$PORT" = 8080 ] || say "Port 8080 is taken, using $PORT."
}

start_nginx() {
    nginx=$(tool nginx)
    {
        cat <<EOF
daemon off;
worker_processes auto;
pid "$dir/nginx.pid";
error_log "$dir/log/nginx-error.log" emerg;
events {
    worker_connections 4096;
}
http {
    client_body_temp_path "$dir/tmp/nginx-body";
    fastcgi_temp_path "$dir/tmp/nginx-fastcgi";
    proxy_temp_path "$dir/tmp/nginx-proxy";
    scgi_temp_path "$dir/tmp/nginx-scgi";
    uwsgi_temp_path "$dir/tmp/nginx-uwsgi";
EOF
        # The log's format, without queries, as in production.
        sed -n -e '/^map /,/^}/p' -e '/^log_format/,/;$/p' \
            "$TOP_SRCDIR/nginx/memoryrouter.conf"
        cat <<EOF
    access_log "$dir/log/web-access.log" memoryrouter;
    upstream memoryrouter {
        server "unix:$socket";
    }
    server {
        listen 127.0.0.1:$PORT default_server;
        server_name localhost;
        include "$TOP_SRCDIR/nginx/memoryrouter-locations.conf";
    }
}
EOF
    } >"$dir/etc/nginx.conf"
    set -- -p "$dir" -c "$dir/etc/nginx.conf"
    # Before 1.19.5 it insists on a look at its compiled-in log.
    if "$nginx" -h 2>&1 | grep -q '^ *-e '; then
        set -- "$@" -e "$dir/log/web.log"
    fi
    launch web "$nginx" "$@"
}

# What both Apache configurations expect of the main one.
apache_preamble() {
    for modules in /usr/lib/apache2/modules /usr/lib64/httpd/modules \
        /usr/lib/httpd/modules /usr/libexec/apache2 ''; do
        [ ! -d "$modules" ] || break
    done
    [ -n "$modules" ] || die "Apache's modules are missing (apache2-bin)"
    cat <<EOF
ServerRoot "$dir"
ServerName localhost
PidFile "$dir/apache.pid"
DefaultRuntimeDir "$short"
Mutex posixsem default
ErrorLog "$dir/log/web.log"
Define MEMORYROUTER_ADDRESS 127.0.0.1:$PORT
Define MEMORYROUTER_LOG "$dir/log"
EOF
    for module in "$@"; do
        [ -f "$modules/mod_$module.so" ] || die "mod_$module.so is missing;" \
            "./autogen.sh deps installs it"
        say "LoadModule ${module}_module \"$modules/mod_$module.so\""
    done
    # Built in on Debian, modules elsewhere.
    for module in unixd log_config; do
        [ ! -f "$modules/mod_$module.so" ] ||
            say "LoadModule ${module}_module \"$modules/mod_$module.so\""
    done
}

launch_apache() {
    launch web "$(tool apache2 httpd)" -d "$dir" -f "$dir/etc/apache.conf" \
        -DFOREGROUND
}

start_apache() {
    {
        apache_preamble mpm_event authz_core env proxy proxy_fcgi
        say "Define MEMORYROUTER_SOCKET \"$socket\""
        say "Include \"$TOP_SRCDIR/apache/memoryrouter.conf\""
    } >"$dir/etc/apache.conf"
    launch_apache
}

# Apache starts the workers.  They get a clean environment, so what the
# options take from ours is passed on by name.
start_fcgid() {
    mkdir -p "$dir/htdocs" "$short/fcgid"
    cp -f "$TOP_SRCDIR/apache/htaccess" "$dir/htdocs/.htaccess"
    cp -f "$TOP_SRCDIR/apache/memoryrouter.fcgi" "$dir/htdocs/memoryrouter.fcgi"
    chmod 700 "$dir/htdocs/memoryrouter.fcgi"
    {
        apache_preamble mpm_event authz_core rewrite fcgid
        say "Define MEMORYROUTER_ROOT \"$dir/htdocs\""
        say "FcgidIPCDir \"$short/fcgid\""
        say "FcgidProcessTableFile \"$short/fcgid/table\""
        say "FcgidInitialEnv MEMORYROUTER_PROGRAM" \
            "\"$TOP_BUILDDIR/src/memoryrouter\""
        say "FcgidInitialEnv MEMORYROUTER_CONFIG \"$conf\""
        for name in $(sed -n 's/.*[[:space:]]key_env=\([A-Za-z0-9_]*\).*/\1/p' \
            "$conf") $(env | sed -n 's/^\(MEMORYROUTER_[A-Z_]*\)=.*/\1/p'); do
            [ -z "$(printenv "$name")" ] ||
                say "FcgidInitialEnv $name \"\${$name}\""
        done
        say "Include \"$TOP_SRCDIR/apache/memoryrouter-fcgid.conf\""
    } >"$dir/etc/apache.conf"
    launch_apache
}

# --- the whole --------------------------------------------------------------

# Unix sockets have short names (107 bytes); a deep folder borrows another.
choose_sockets() {
    short=$dir
    if [ ${#dir} -gt 70 ]; then
        parent=${TMPDIR:-/tmp}
        [ -w "$parent" ] && [ ${#parent} -le 50 ] || parent=/tmp
        short=$(mktemp -d "$parent/memoryrouter-XXXXXX")
        say "$short" >"$dir/sockets"
    fi
    socket=$short/memoryrouter.sock
    db_socket=$short/db.sock
}

write_database_env() {
    cat >"$dir/env.new" <<EOF
CONF_FILE=$conf
STATE_DIR=$dir/state
DB_SOCKET=$db_socket
EOF
    mv "$dir/env.new" "$dir/env"
}

write_env() {
    process=memoryrouter
    [ "$WEB" != fcgid ] || process=web socket=
    alive "$process" || give_up "$process ended" "$dir/log/$process.log"
    cat >"$dir/env.new" <<EOF
BASE_URL=http://127.0.0.1:$PORT
MEMORY_KEY=$MEMORY_KEY
DASHBOARD_URL=http://127.0.0.1:$PORT/dashboard
ADMIN_EMAIL=$ADMIN_EMAIL
ADMIN_PASSWORD=$ADMIN_PASSWORD
ADMIN_SECRET=$ADMIN_SECRET
CONF_FILE=$conf
STATE_DIR=$dir/state
SOCKET=$socket
DB_SOCKET=$db_socket
PID=$pid
EOF
    mv "$dir/env.new" "$dir/env"
}

print_welcome() {
    cat <<EOF

MemoryRouter is ready behind $WEB.

  base URL   http://127.0.0.1:$PORT
  key        $MEMORY_KEY
  dashboard  http://127.0.0.1:$PORT/dashboard
             $ADMIN_EMAIL, password $ADMIN_PASSWORD
  logs       $shown/log

Try it; then ask "What is my favorite color?" the same way:

  curl http://127.0.0.1:$PORT/v1/chat/completions \\
    -H 'Authorization: Bearer $MEMORY_KEY' \\
    -H 'Content-Type: application/json' \\
    -d '{"model": "demo/echo", "messages": [{"role": "user",
         "content": "Remember that my favorite color is blue."}]}'

EOF
}

# Folders, secrets, configuration, and MariaDB with its schema.
prepare() {
    for program in memoryrouter memoryrouter-admin; do
        [ -x "$TOP_BUILDDIR/src/$program" ] ||
            die "$TOP_BUILDDIR/src/$program is missing; make builds it"
    done
    mkdir -p "$dir/etc" "$dir/log" "$dir/pids" "$dir/state" "$dir/tmp"
    give_model
    : >"$dir/.memoryrouter-run"
    # shellcheck disable=SC3045 # every sh of Linux has it
    ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
    trap 'trap "" INT TERM HUP; stop; exit 1' INT TERM HUP
    choose_sockets
    conf=$dir/memoryrouter.conf
    remember_secrets
    write_configuration
    start_mariadb
    prepare_database
}

database() {
    stop
    prepare
    write_database_env
}

start() {
    if [ -f "$dir/env" ] && { alive memoryrouter || alive web; }; then
        # shellcheck disable=SC1091 # written by write_env
        . "$dir/env"
        die "a stack runs in $shown already: $BASE_URL (make stop ends it)"
    fi
    stop
    choose_port
    prepare
    make_account
    if [ "$WEB" != fcgid ]; then
        launch memoryrouter "$TOP_BUILDDIR/src/memoryrouter" --config "$conf"
        await 120 "memoryrouter opens its socket" "$dir/log/memoryrouter.log" \
            test -S "$socket"
    fi
    "start_$WEB"
    log=$dir/log/memoryrouter.log
    [ "$WEB" != fcgid ] || log=$dir/log/memoryrouter-error.log
    await 120 "/health answers" "$log" curl -fs --noproxy '*' --max-time 10 \
        "http://127.0.0.1:$PORT/health"
    write_env
    print_welcome
}

# In the foreground, until a signal or until a process ends.
run() {
    start
    say "Ctrl-C stops it."
    trap 'trap "" INT TERM HUP; say; say Stopping.; stop; exit 0' INT TERM HUP
    while :; do
        for name in "$dir"/pids/*; do
            name=${name##*/}
            alive "$name" || give_up "$name ended" "$dir/log/$name.log"
        done
        sleep 1 &
        wait $! || true
    done
}

clean() {
    stop
    [ -f "$dir/.memoryrouter-run" ] || return 0
    if [ -L "$shown" ]; then
        rm -f "$shown"
    fi
    find "$dir" -mindepth 1 -delete
    rmdir "$dir" 2>/dev/null || true
}

# Can the user reach and read these?
reachable() {
    as_user sh -c 'for file; do [ -r "$file" ] || exit 1; done' sh "$@"
}

# Root starts nothing itself: the stack belongs to the owner of RUN_DIR or to
# `nobody', who gets copies of what he cannot reach.
drop_root() {
    command -v setpriv >/dev/null || die "setpriv is missing (util-linux)"
    [ -e "$shown" ] || { mkdir -p "$shown" && chmod 711 "$shown"; }
    dir=$(cd "$shown" && pwd -P)
    uid=$(stat -c %u "$dir")
    gid=$(stat -c %g "$dir")
    if [ "$uid" = 0 ]; then
        [ ! -f "$dir/db.ready" ] || die "$shown belongs to root; remove it"
        uid=$(id -u nobody)
        gid=$(id -g nobody)
        chown "$uid:$gid" "$dir"
    fi
    as_user() {
        setpriv --reuid="$uid" --regid="$gid" --clear-groups "$@"
    }
    if ! as_user sh -c 'cd "$1"' sh "$dir" 2>/dev/null; then
        rmdir "$dir" || die "user $uid cannot reach $dir"
        dir=$(mktemp -d /var/tmp/memoryrouter-run-XXXXXX)
        chown "$uid:$gid" "$dir"
        ln -s "$dir" "$shown"
    fi
    case $action in
    start | run | database)
        copy_unreachable
        give_model
        MODEL_FILE=
        ! [ -d "$dir/state" ] || chown "$uid:$gid" "$dir/state"
        ! [ -d "$dir/state/models" ] || chown "$uid:$gid" "$dir/state/models"
        ;;
    esac
    RUN_DIR=$dir
    SHOWN_DIR=$shown
    HOME=$dir
    export RUN_DIR SHOWN_DIR HOME TOP_SRCDIR TOP_BUILDDIR CONF WEB PORT
    cd "$dir"
    if [ "$action" = clean ]; then
        as_user sh -s -- clean <"$script"
        [ ! -L "$shown" ] || rm -f "$shown"
        rmdir "$dir" 2>/dev/null || true
        exit 0
    fi
    # Read from standard input: the user may not reach the script.
    exec setpriv --reuid="$uid" --regid="$gid" --clear-groups \
        sh -s -- "$action" <"$script"
}

copy_unreachable() {
    rm -rf "$dir/app"
    if ! reachable "$TOP_SRCDIR"/sql/* "$TOP_SRCDIR"/nginx/* \
        "$TOP_SRCDIR"/apache/* "$TOP_BUILDDIR/src/memoryrouter" \
        "$TOP_BUILDDIR/src/memoryrouter-admin"; then
        mkdir -p "$dir/app/src"
        cp -R "$TOP_SRCDIR/sql" "$TOP_SRCDIR/nginx" "$TOP_SRCDIR/apache" \
            "$dir/app/"
        cp "$TOP_BUILDDIR/src/memoryrouter" \
            "$TOP_BUILDDIR/src/memoryrouter-admin" "$dir/app/src/"
        chown -R "$uid:$gid" "$dir/app"
        chmod -R u+rwX "$dir/app"
        TOP_SRCDIR=$dir/app
        TOP_BUILDDIR=$dir/app
    fi
    if [ -n "${CONF-}" ]; then
        mkdir -p "$dir/etc"
        cat "$CONF" >"$dir/etc/given.conf" || die "CONF=$CONF: unreadable"
        chown "$uid:$gid" "$dir/etc" "$dir/etc/given.conf"
        CONF=$dir/etc/given.conf
    fi
}

main() {
    action=${1-}
    here=$(cd "$(dirname "$0")" && pwd)
    script=$here/$(basename "$0")
    case $action in
    start | run | database | stop | clean) ;;
    *)
        say "usage: stack.sh start|run|database|stop|clean" >&2
        exit 2
        ;;
    esac
    : "${TOP_SRCDIR:=$(dirname "$here")}"
    : "${TOP_BUILDDIR:=$TOP_SRCDIR}"
    : "${RUN_DIR:=run}"
    : "${WEB:=nginx}"
    : "${CONF:=}" "${PORT:=}"
    case $WEB in
    nginx | apache | fcgid) ;;
    *) die "WEB=$WEB: there are nginx, apache and fcgid" ;;
    esac
    case $RUN_DIR in
    /*) ;;
    *) RUN_DIR=$PWD/$RUN_DIR ;;
    esac
    shown=${SHOWN_DIR:-$RUN_DIR}
    if [ ! -e "$RUN_DIR" ]; then
        case $action in
        stop | clean) exit 0 ;;
        esac
    fi
    case $action in
    start | run | database) [ -n "${MODEL_FILE+set}" ] || cache_model ;;
    esac
    if [ "$(id -u)" = 0 ]; then
        drop_root
    fi
    exec </dev/null
    mkdir -p "$RUN_DIR"
    dir=$(cd "$RUN_DIR" && pwd -P)
    "$action"
}

main "$@"
exit
