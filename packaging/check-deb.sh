#!/bin/sh
# Builds the Debian packages twice, in folders of different names, and compares them octet by octet; then asks lintian.
# Usage: BUILD=FOLDER VERSION=N check-deb.sh
set -eu
rm -rf "$BUILD/deb-first"
BUILD=$BUILD VERSION=$VERSION packaging/deb.sh
mkdir -p "$BUILD/deb-first"
cp "$BUILD"/deb/*.deb "$BUILD/deb-first"
BUILD=$BUILD VERSION=$VERSION packaging/deb.sh
for deb in "$BUILD"/deb-first/*.deb; do
    cmp "$deb" "$BUILD/deb/$(basename "$deb")"
done
lintian --pedantic --fail-on error,warning,info,pedantic "$BUILD"/deb/*.changes
echo "check-deb: the same octets twice, and nothing for lintian to say"
