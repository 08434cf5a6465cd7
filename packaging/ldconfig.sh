#!/bin/sh
# Tells the dynamic linker of libraries that came or went, where this user may; says what a program needs where it does not look.
#     ldconfig.sh LIBDIR SONAME...
set -eu
PATH=$PATH:/sbin:/usr/sbin
libdir=$(realpath -m "$1")
shift
command -v ldconfig > /dev/null || exit 0
[ ! -w /etc ] || ldconfig
for soname; do
    [ -e "$libdir/$soname" ] || continue
    if ! ldconfig -p | grep -qF "=> $libdir/$soname"; then
        echo "install: programs do not look for libraries in $libdir: link them with -Wl,-rpath,$libdir, or add it to" \
            "/etc/ld.so.conf.d and run ldconfig as root"
        exit 0
    fi
done
