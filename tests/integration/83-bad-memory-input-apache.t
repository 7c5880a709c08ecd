#!/bin/sh
# What a web server may understand in its own way, through mod_proxy_fcgi.
WEB=apache
export WEB
exec python3 "$(dirname "$0")/82-bad-memory-input.t" "two values" "charset" \
    "is no http" "ids that" "session to delete" "methods" "$@"
