#!/bin/sh
# Where Wireshark looks for the programs that it captures with (extcap), and what stands there of ours.
#     extcap.sh folder                          the folder of all users; nothing: there is no Wireshark
#     extcap.sh personal                        this user's, one a line
#     extcap.sh link DESTDIR FOLDER BINDIR TOOL...      links there, to the tools in BINDIR
#     extcap.sh unlink DESTDIR FOLDER BINDIR TOOL...
#     extcap.sh install LIST PROGRAM...         copies them into this user's, and notes in LIST what folders it makes
#     extcap.sh uninstall LIST TOOL...          takes them away, and those folders, where empty
# Never replaces what is not ours.
set -eu

# $1: what tshark calls it, as a sed expression.
shown()
{
    if command -v tshark > /dev/null; then
        tshark -G folders 2> /dev/null | sed -n "s/^$1:[[:space:]]*//p" | head -n 1
    fi
}

# "4 0"; nothing: there is no tshark.
version()
{
    if command -v tshark > /dev/null; then
        tshark --version 2> /dev/null | sed -n '1s/[^0-9]*\([0-9]*\)\.\([0-9]*\).*/\1 \2/p'
    fi
}

folder()
{
    found=$(shown '\(Global \)\{0,1\}Extcap path')
    [ -n "$found" ] || found=$(${PKG_CONFIG:-pkg-config} --variable=extcapdir wireshark 2> /dev/null) || found=
    if [ -z "$found" ]; then
        for found in /usr/lib/*/wireshark/extcap /usr/libexec/wireshark/extcap /usr/lib64/wireshark/extcap /usr/lib/wireshark/extcap \
            /usr/local/lib/wireshark/extcap; do
            [ ! -d "$found" ] || break
            found=
        done
    fi
    [ -z "$found" ] || echo "$found"
}

# Up to 4.0 it is in the folder of the configuration. Where nobody says which version there is, or will be: both.
personal()
{
    [ -n "${HOME:-}" ] || {
        echo "extcap.sh: HOME is not set: it says whose Wireshark is meant (HOME=FOLDER make install-extcap)" >&2
        exit 2
    }
    said=$(shown 'Personal Extcap path')
    old=$(shown 'Personal configuration')
    [ -n "$old" ] || old=${XDG_CONFIG_HOME:-$HOME/.config}/wireshark
    new=$HOME/.local/lib/wireshark/extcap
    # shellcheck disable=SC2046 # two numbers
    set -- $(version)
    if [ -n "$said" ]; then
        echo "$said"
    elif [ $# -lt 2 ]; then
        echo "$new"
        echo "$old/extcap"
    elif [ "$1" -gt 4 ] || { [ "$1" -eq 4 ] && [ "$2" -ge 1 ]; }; then
        echo "$new"
    else
        echo "$old/extcap"
    fi
}

is_ours() { [ -L "$1" ] && [ "$(readlink "$1")" = "$2" ]; }

# $1: the link, $2: the tool.
link_one()
{
    if [ -e "$1" ] || [ -L "$1" ]; then
        is_ours "$1" "$2" || echo "$1 is there, and not ours: it stays as it is"
    elif [ -w "$(dirname "$1")" ]; then
        ln -s "$2" "$1"
    else
        echo "$(dirname "$1") is not yours: for you alone, make install-extcap"
    fi
}

# $1: a copy, of whatever version, or a link to one: each names this page.
is_copy() { [ -f "$1" ] && grep -qF 'framebus.conf(5)' "$1"; }

# $1: the program, $2: where to.
copy_one()
{
    if { [ -e "$2" ] || [ -L "$2" ]; } && ! is_copy "$2"; then
        echo "$2 is there, and not ours: it stays as it is"
    else
        install -m 755 "$1" "$2"
        printf '%s\n' "$2"
    fi
}

# $1: LIST, then programs.
install_personal()
{
    list=$1 folders=$(personal)
    shift
    printf '%s\n' "$folders" | while IFS= read -r to; do
        packaging/folders.sh make "$list" "$to"
        for program; do copy_one "$program" "$to/${program##*/}"; done
    done
}

# $1: LIST, then tools.
uninstall_personal()
{
    list=$1 folders=$(personal)
    shift
    printf '%s\n' "$folders" | while IFS= read -r to; do
        for tool; do if is_copy "$to/$tool"; then rm -f "$to/$tool"; fi; done
        packaging/folders.sh remove "$list" "$to"
    done
}

action=$1
shift
case $action in
install) install_personal "$@" ;;
uninstall) uninstall_personal "$@" ;;
folder) folder ;;
personal) personal ;;
link | unlink)
    to=$1$2 bin=$3
    shift 3
    for tool; do
        case $action in
        link) link_one "$to/$tool" "$bin/$tool" ;;
        unlink) if is_ours "$to/$tool" "$bin/$tool"; then rm -f "$to/$tool"; fi ;;
        esac
    done
    ;;
esac
