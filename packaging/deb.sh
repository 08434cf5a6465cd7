#!/bin/sh
# Debian packages of the tarball that `make dist` made, in BUILD/deb. Usage: BUILD=FOLDER VERSION=N deb.sh
set -eu
name=framebus-$VERSION
folder=$BUILD/deb
rm -rf "$folder"
mkdir -p "$folder"
cp "$BUILD/$name.tar.gz" "$folder/framebus_$VERSION.orig.tar.gz"
tar -xzf "$BUILD/$name.tar.gz" -C "$folder"
cp -r "$folder/$name/packaging/debian" "$folder/$name/debian"
# The flags and the job server of the make above are not the package's.
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD VERSION
cd "$folder/$name"
dpkg-buildpackage --build=binary --no-sign
cd ..
rm -rf "$name"
ls -- *.deb
