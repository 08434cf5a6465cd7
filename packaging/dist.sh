#!/bin/sh
# The tarball of a release: what is committed, the same octets each time. Usage: BUILD=FOLDER VERSION=N dist.sh
set -eu
name=framebus-$VERSION
mkdir -p "$BUILD"
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
    echo "dist: changes that are not committed are left out" >&2
fi
git archive --format=tar --prefix="$name/" HEAD | gzip -9n > "$BUILD/$name.tar.gz.new"
mv "$BUILD/$name.tar.gz.new" "$BUILD/$name.tar.gz"
cd "$BUILD"
sha256sum "$name.tar.gz" | tee "$name.tar.gz.sha256"
