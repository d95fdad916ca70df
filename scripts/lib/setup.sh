# Sourced by the scripts beside this folder. Defines
#
#   setup [command ...]
#
# which makes sure that cargo, a C compiler, python3 and the given commands are there. On Debian and Ubuntu it
# installs what is missing when run as root; otherwise it prints the command to run and ends the script.

# shellcheck shell=bash disable=SC2119,SC2120

setup() {
    # rustup installs here; a shell that is older than the installation has not got it in its PATH.
    if ! command -v cargo >/dev/null && [[ -x ${CARGO_HOME:-$HOME/.cargo}/bin/cargo ]]; then
        export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    fi
    setup_packages "${CC:-cc}" python3 "$@"
    setup_rust
    local command
    for command in "$@"; do
        case $command in
        cargo-fmt) setup_rust_component fmt rustfmt ;;
        cargo-clippy) setup_rust_component clippy clippy ;;
        esac
    done
}

setup_packages() {
    local command packages=()
    for command in "$@"; do
        case $command in
        cargo-*) continue ;; # comes with Rust, not with the system
        esac
        setup_has "$command" && continue
        case $command in
        cc | gcc) packages+=(gcc libc6-dev) ;;
        nginx) packages+=(nginx-light) ;;
        llvm-symbolizer) packages+=(llvm) ;;
        *) packages+=("$command") ;; # python3, g++, valgrind, cmake, strace: package and command are named alike
        esac
    done
    [[ ${#packages[@]} -eq 0 ]] && return
    if ! command -v apt-get >/dev/null; then
        setup_fail "Please install: ${packages[*]}"
    elif [[ $(id -u) -ne 0 ]]; then
        setup_fail "Some programs are missing. Please run:" \
            "    sudo apt-get update && sudo apt-get install -y ${packages[*]}"
    fi
    setup_apt "${packages[@]}"
}

setup_has() {
    case $1 in
    # Not a command: Debian has this part of Python's library in a package of its own.
    python3-venv) python3 -c 'import ensurepip' 2>/dev/null ;;
    # In sbin, which is not in everybody's PATH.
    nginx) PATH=$PATH:/usr/sbin:/usr/local/sbin command -v nginx >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# --no-remove: never take away something that the machine's owner chose.
setup_apt() {
    echo "setup: apt-get install $*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove "$@"
}

# The Rust in most distributions' packages is older than this project needs. Their rustup package, where there
# is one, brings the current Rust.
setup_rust() {
    local needed
    needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    setup_rust_is_new_enough "$needed" && return
    if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
        apt-get update -qq
        if [[ -n $(apt-cache madison rustup) ]]; then
            setup_apt rustup ca-certificates
            rustup default stable
            hash -r
            setup_rust_is_new_enough "$needed" && return
        fi
    fi
    setup_fail "Rust $needed or newer is needed (cargo in the PATH). Please install it with rustup:" \
        "    https://rustup.rs"
}

setup_rust_is_new_enough() {
    local version
    version=$(rustc --version 2>/dev/null | cut -d ' ' -f 2) && cargo --version >/dev/null 2>&1 || return 1
    [[ -n $version && $(printf '%s\n' "$1" "$version" | sort -V | head -n 1) == "$1" ]]
}

setup_rust_component() {
    cargo "$1" --version >/dev/null 2>&1 && return
    command -v rustup >/dev/null || setup_fail "cargo $1 is missing. Please install Rust with https://rustup.rs"
    echo "setup: rustup component add $2"
    rustup component add "$2"
}

# The sanitizers are parts of the nightly compiler.
setup_nightly() {
    cargo +nightly --version >/dev/null 2>&1 && return
    setup_fail "The nightly Rust toolchain is missing. Please run:" \
        "    rustup toolchain install nightly --profile minimal"
}

setup_fail() {
    printf '%s\n' "$@" >&2
    exit 1
}
