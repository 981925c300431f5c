#!/usr/bin/env bash
# Builds the shims that let the bench runner call other libraries.
#   build.sh                 install the distribution's libraries (Debian: apt) and build against them
#   build.sh --prefix DIR    build against newer builds found in DIR/include and DIR/lib (or lib64); nothing is installed.
#                            A library that DIR does not have is left out; ggml is built against in this way alone.
# Shims go to bin/ beside this script, or to DIR/shims.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
prefix=""
while [ $# -gt 0 ]; do
    case "$1" in
        --prefix) prefix="$(cd "$2" && pwd)"; shift 2 ;;
        *) echo "usage: build.sh [--prefix DIR]" >&2; exit 2 ;;
    esac
done

flags=(-std=c++17 -O3 -march=native -DNDEBUG -fPIC -shared -fvisibility=hidden -Wall)
if [ -z "$prefix" ]; then
    out="$here/bin"
    packages=(g++ libopenblas-dev libdnnl-dev libxsmm-dev libeigen3-dev)
    missing=()
    for package in "${packages[@]}"; do dpkg -s "$package" > /dev/null 2>&1 || missing+=("$package"); done
    if [ ${#missing[@]} -gt 0 ]; then
        root=(); [ "$(id -u)" = 0 ] || root=(sudo)
        "${root[@]}" apt-get update
        "${root[@]}" apt-get install -y --no-install-recommends "${missing[@]}"
    fi
    multiarch="$(g++ -print-multiarch)"
    flags+=(-isystem /usr/include/eigen3 -isystem "/usr/include/$multiarch")
    has() { [ "$1" != ggml.h ]; }
else
    out="$prefix/shims"
    flags+=(-isystem "$prefix/include" -isystem "$prefix/include/eigen3")
    for folder in lib lib64; do
        if [ -d "$prefix/$folder" ]; then flags+=("-L$prefix/$folder" "-Wl,-rpath,$prefix/$folder"); fi
    done
    has() { [ -e "$prefix/include/$1" ] || [ -e "$prefix/include/eigen3/$1" ]; }
fi
mkdir -p "$out"

build() { # name, header that must exist, libraries
    local name="$1" header="$2"; shift 2
    if ! has "$header"; then echo "$name: no $header in ${prefix:-the distribution}, left out"; return; fi
    g++ "${flags[@]}" "$here/$name.cpp" -o "$out/lib$name-shim.so" "$@"
    echo "$name: $out/lib$name-shim.so"
}

build ceilings "" # the compiler is all it needs
build eigen Eigen/Sparse
build openblas cblas.h -lopenblas
build onednn oneapi/dnnl/dnnl.hpp -ldnnl
build ggml ggml.h -lggml -lggml-cpu -lggml-base
build libxsmm libxsmm.h -lxsmmnoblas -lxsmm -lxsmmnoblas -ldl -lpthread -lm
