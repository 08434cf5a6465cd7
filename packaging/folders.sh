#!/bin/sh
# Makes folders and notes which of them, and of those above them, were not there before; takes away those again, where empty.
#     folders.sh make LIST FOLDER...
#     folders.sh remove LIST FOLDER...
# LIST: a file with a path a line. A folder that LIST does not name is never taken away.
set -eu

# $1: the folder; those above it come first.
make_folder()
{
    [ -d "$1" ] && return 0
    make_folder "$(dirname "$1")"
    mkdir "$1"
    chmod 755 "$1"
    printf '%s\n' "$1" >> "$list"
}

# The same downside up, as far as LIST names them.
remove_folder()
{
    grep -qxF -e "$1" "$list" || return 0
    if rmdir "$1" 2> /dev/null || [ ! -e "$1" ]; then
        grep -vxF -e "$1" "$list" > "$list.new" || :
        mv "$list.new" "$list"
        remove_folder "$(dirname "$1")"
    fi
}

action=$1 list=$(realpath -m "$2")
shift 2
case $action in
make)
    mkdir -p "$(dirname "$list")"
    for folder; do make_folder "$(realpath -m "$folder")"; done
    ;;
remove)
    [ -f "$list" ] || exit 0
    for folder; do remove_folder "$(realpath -m "$folder")"; done
    ;;
esac
