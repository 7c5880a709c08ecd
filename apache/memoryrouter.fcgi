#!/bin/sh
# Started by Apache's mod_fcgid, which hands over the listening socket as
# standard input.  Change the two paths to where the program and its options
# are; on a shared host both may lie in your home folder, outside the web
# folder.
exec "${MEMORYROUTER_PROGRAM:-/usr/local/sbin/memoryrouter}" --worker --config \
    "${MEMORYROUTER_CONFIG:-/usr/local/etc/memoryrouter/memoryrouter.conf}"
