#!/usr/bin/env bash
# Fetches ptxas, nvdisasm and cuobjdump 11.8 and 12.4 for tests/Intarsia.Ptx.Tests, which assemble the PTX we write; no GPU or driver is needed. Nothing is installed:
# the packages of Debian 12 and 13 are downloaded through a private apt configuration and unpacked into artifacts/ptx-tools, or into the folder that
# INTARSIA_PTX_TOOLS names. Run again, it does nothing. On standard output it prints that folder alone.
#
# The tools are NVIDIA's, under the licence of the CUDA toolkit (Debian's section non-free): they are fetched for use here, never committed or shipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools="$(realpath -m "${INTARSIA_PTX_TOOLS:-artifacts/ptx-tools}")"
programs=(ptxas nvdisasm cuobjdump)
# The keys that the machine trusts Debian by. No source below is [trusted=yes]: every package is verified.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
    printf 'ptx-tools: %s\n' "$1" >&2
    exit 1
}

complete() { # version: whether all programs of it are in place
    local program
    for program in "${programs[@]}"; do
        [[ "$("$tools/$1/$program" --version 2>/dev/null)" == *"release $1,"* ]] || return 1
    done
}

mirror() { # the Debian mirror that the machine itself uses, else the public one
    local found
    found="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -E '/debian/?$' || true)"
    found="${found%%$'\n'*}"
    printf '%s' "${found:-http://deb.debian.org/debian}"
}

# Runs apt-get with lists and downloads of its own. The rest of the machine's configuration (proxies, credentials, certificates) stays in force, but for what it does
# after an update: such commands clean the machine's own folders. The sandbox user _apt could not write into ours.
private_apt() { # folder, arguments
    local state="$1"
    shift
    cat >"$state/apt.conf" <<END
Dir::Etc::SourceList "$state/sources.list";
Dir::Etc::SourceParts "/nonexistent";
Dir::State::Lists "$state/lists";
Dir::Cache "$state/cache";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
END
    apt-get -qq -c "$state/apt.conf" "$@" >&2
}

download() { # suite, component, package, keyring, destination: leaves the package's files under the destination
    local state="$work/$1-$2"
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$5"
    printf 'deb [arch=amd64 signed-by=%s] %s %s %s\n' "$4" "$(mirror)" "$1" "$2" >"$state/sources.list"
    private_apt "$state" update || fail "the package list of Debian $1 ($2) cannot be read"
    (cd "$state" && private_apt "$state" download "$3:amd64") || fail "$3 cannot be downloaded from Debian $1 ($2)"
    dpkg -x "$state/$3"_*.deb "$5"
}

unpack() { # version, suite, keyring
    local version="$1" files="$work/$1" program found
    download "$2" non-free nvidia-cuda-toolkit "$3" "$files"
    mkdir -p "$work/new-$version"
    for program in "${programs[@]}"; do
        found="$(find "$files" -type f -name "$program" -perm -u+x -print -quit)"
        [ -n "$found" ] || fail "nvidia-cuda-toolkit of Debian $2 holds no $program"
        mv "$found" "$work/new-$version/$program"
    done
    # In one step, so that an interrupted or a second run never leaves half a folder.
    rm -rf "${tools:?}/$version"
    mv -T "$work/new-$version" "$tools/$version"
    complete "$version" || fail "the tools of Debian $2 are not those of CUDA $version"
}

fetch() { # version, suite, keyring
    complete "$1" && return
    printf 'ptx-tools: fetching CUDA %s from Debian %s\n' "$1" "$2" >&2
    unpack "$1" "$2" "$3"
}

# A Debian 12 that has not been updated since Debian 13 came out lacks the keys of 13. They are in the newest debian-archive-keyring of Debian 12,
# which is signed by keys that it has.
keyring_of_13() {
    if [ -e /usr/share/keyrings/debian-archive-trixie-automatic.gpg ]; then
        printf '%s' "$keyring"
        return
    fi
    download bookworm main debian-archive-keyring "$keyring" "$work/keyring"
    printf '%s' "$work/keyring$keyring"
}

if ! { complete 11.8 && complete 12.4; }; then
    [ "$(uname -m)" = x86_64 ] || fail "the tools are x86_64 programs; this machine is $(uname -m)"
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || fail 'this needs apt-get and dpkg'
    [ -e "$keyring" ] || fail "there is no $keyring; install the package debian-archive-keyring"
    mkdir -p "$tools"
    work="$(mktemp -d "$tools/.fetch-XXXXXX")"
    trap 'rm -rf "$work"' EXIT
    fetch 11.8 bookworm "$keyring"
    if ! complete 12.4; then
        keyring13="$(keyring_of_13)"
        fetch 12.4 trixie "$keyring13"
    fi
fi
printf '%s\n' "$tools"
