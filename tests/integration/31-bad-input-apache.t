#!/bin/sh
# The same bad input through Apache's mod_proxy_fcgi.
WEB=apache
export WEB
exec python3 "$(dirname "$0")/30-bad-input.t" "$@"
