#!/bin/sh
# Installs Hutch from one executable, checks it first, and has systemd serve with it.
# docs/install.md tells more. Running it again brings everything up to date.
set -eu

usage() {
  cat <<'TEXT'
Usage: install.sh [options] [FILE|URL]
       install.sh --uninstall [--purge]

FILE or URL is the executable; HUTCH_URL may name it, too. There is no public place of releases
yet: without either, hutch-linux-x64 or -arm64 (or hutch) beside this script is taken.

  --sums FILE|URL  the checksums, as sha256sum writes them (default: SHA256SUMS beside FILE or URL)
  --user           for this user alone, into ~/.local; so it is without root
  --no-service     do not set up systemd
  --uninstall      remove what was installed; models and settings stay
  --purge          with --uninstall: remove models and settings as well
  -h, --help       show this

PREFIX (/usr/local, or ~/.local) and DESTDIR (put before every path) are understood. Users and
services are touched only where systemd runs.
TEXT
}

say() { printf '%s\n' "hutch: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

source_=${HUTCH_URL:-}
sums=
users=false
service=true
uninstall=false
purge=false
while [ $# -gt 0 ]; do
  case $1 in
    --sums)
      [ $# -ge 2 ] || fail "--sums needs a file or an address"
      sums=$2
      shift
      ;;
    --user) users=true ;;
    --no-service) service=false ;;
    --uninstall) uninstall=true ;;
    --purge) purge=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) fail "unknown option $1; --help shows those there are" ;;
    *) source_=$1 ;;
  esac
  shift
done
if $purge && ! $uninstall; then fail "--purge goes with --uninstall"; fi
[ "$(id -u)" = 0 ] || users=true

root=${DESTDIR:-}
if $users; then
  prefix=$root${PREFIX:-$HOME/.local}
  settings=$root${XDG_CONFIG_HOME:-$HOME/.config}/hutch
  units=$root${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
  state=$root$HOME/.hutch
  cache=$root${XDG_CACHE_HOME:-$HOME/.cache}/hutch
else
  prefix=$root${PREFIX:-/usr/local}
  settings=$root/etc/hutch
  units=$root/etc/systemd/system
  state=$root/var/lib/hutch
  cache=$root/var/cache/hutch
fi
program=$prefix/bin/hutch
bash_script=$prefix/share/bash-completion/completions/hutch
zsh_script=$prefix/share/zsh/site-functions/_hutch
fish_script=$prefix/share/fish/vendor_completions.d/hutch.fish
if [ ! -d "$root/run/systemd/system" ] || ! command -v systemctl >/dev/null; then service=false; fi

control() {
  if $users; then systemctl --user "$@"; else systemctl "$@"; fi
}

remove() {
  if $service; then
    control disable --now hutch.service 2>/dev/null || true
  fi
  rm -f "$units/hutch.service" "$program" "$bash_script" "$zsh_script" "$fish_script"
  if $service; then control daemon-reload || true; fi
  rm -rf "$cache"
  if $purge; then
    rm -rf "$state" "$settings"
    if ! $users; then
      rm -rf "$root/var/lib/private/hutch" "$root/var/cache/private/hutch"
      if $service && getent passwd hutch >/dev/null; then userdel hutch; fi
    fi
    say "removed, with models and settings"
  else
    say "removed; models in $state and settings in $settings are still there (--purge)"
  fi
}

if $uninstall; then
  remove
  exit 0
fi

case $(uname -m) in
  x86_64 | amd64) name=hutch-linux-x64 ;;
  aarch64 | arm64) name=hutch-linux-arm64 ;;
  *) name=hutch ;;
esac

if [ -z "$source_" ]; then
  here=$(cd "$(dirname "$0")" && pwd)
  for candidate in "$here/$name" "$here/hutch" "$here/../dist/$name" "$here/../dist/hutch"; do
    if [ -f "$candidate" ]; then
      source_=$candidate
      break
    fi
  done
  [ -n "$source_" ] || fail "nothing to install: name a file or an address; there is no public" \
    "place of releases yet, and no $name lies beside this script"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# fetch FROM TO
fetch() {
  case $1 in
    http://* | https://*)
      if command -v curl >/dev/null; then
        curl -fsSL --retry 3 -o "$2" "$1" || fail "cannot download $1"
      elif command -v wget >/dev/null; then
        wget -q -O "$2" "$1" || fail "cannot download $1"
      else
        fail "curl or wget is needed to download $1"
      fi
      ;;
    *) cp "$1" "$2" || fail "cannot read $1" ;;
  esac
}

[ -n "$sums" ] || sums=${source_%/*}/SHA256SUMS
case $source_ in
  */*) ;;
  *) [ "$sums" != "$source_/SHA256SUMS" ] || sums=SHA256SUMS ;;
esac
case $source_ in
  http://* | https://*) ;;
  *) [ -f "$source_" ] || fail "there is no file $source_" ;;
esac
case $sums in
  http://* | https://*) ;;
  *) [ -f "$sums" ] || fail "no checksums at $sums: name them with --sums" ;;
esac
fetch "$sums" "$work/SHA256SUMS"
fetch "$source_" "$work/hutch"

file=${source_##*/}
wanted=$(awk -v file="$file" '{ sub(/^\*/, "", $2) } $2 == file { print $1; exit }' \
  "$work/SHA256SUMS")
[ -n "$wanted" ] || fail "$sums has no line for $file"
found=$(sha256sum "$work/hutch" | cut -d ' ' -f 1)
[ "$wanted" = "$found" ] ||
  fail "$source_ is not what $sums says: its sha256 is $found, not $wanted; nothing was installed"

chmod 755 "$work/hutch"
"$work/hutch" help >/dev/null || fail "$source_ does not run on this machine"

# A new file under the old name: the program that runs now keeps its own.
install -d "$prefix/bin"
install -m 755 "$work/hutch" "$program.new"
mv -f "$program.new" "$program"

# completion SHELL TO
completion() {
  install -d "${2%/*}"
  "$program" completion "$1" >"$2"
}
completion bash "$bash_script"
completion zsh "$zsh_script"
completion fish "$fish_script"

if $service && ! $users && ! getent passwd hutch >/dev/null; then
  useradd --system --user-group --home-dir /var/lib/hutch --no-create-home \
    --shell /usr/sbin/nologin hutch
fi

if [ ! -d "$settings" ]; then install -d -m 750 "$settings"; fi
if [ ! -f "$settings/hutch.toml" ]; then
  (umask 027 && "$program" config --example >"$settings/hutch.toml")
fi
if $service && ! $users; then # its user reads the settings, and changes nothing
  chgrp hutch "$settings" "$settings/hutch.toml"
  chmod g+rx "$settings"
  chmod g+r "$settings/hutch.toml"
fi

if $service; then
  install -d "$units"
  if $users; then kind=--user; else kind=; fi
  # What it names is where it will be, without DESTDIR. $kind is one word or none.
  # shellcheck disable=SC2086
  "$program" systemd-unit $kind | sed "s|ExecStart=$root/|ExecStart=/|" >"$units/hutch.service"
  control daemon-reload
  control enable hutch.service
  control restart hutch.service
  say "serving; settings are in $settings/hutch.toml, \`hutch doctor\` looks at the machine"
else
  say "installed $program; \`hutch serve\` serves"
fi
if $users; then
  case :$PATH: in
    *":$prefix/bin:"*) ;;
    *) say "$prefix/bin is not in your PATH" ;;
  esac
fi
