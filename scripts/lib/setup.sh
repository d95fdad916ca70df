# Sourced by the scripts beside this folder. Defines
#
#   setup [command ...]
#
# which makes sure that cargo, a C compiler and the given commands are there; rust-nightly, rust-src and rust-oldest stand
# for Rust's nightly toolchain, the source of its standard library, and the oldest Rust that builds the library. On Debian and Ubuntu it installs what is
# missing when run as root; otherwise it prints all that is missing, with the commands that install it, and ends the
# script.

# shellcheck shell=bash disable=SC2119,SC2120

setup() {
    setup_rustup_path
    local packages=() advice=()
    setup_packages "${CC:-cc}" "$@"
    if [[ ${#packages[@]} -gt 0 ]]; then
        if setup_can_install; then
            setup_apt "${packages[@]}"
            hash -r
        else
            setup_advise_packages
        fi
    fi
    setup_rust "$@"
    [[ ${#advice[@]} -eq 0 ]] || setup_fail "Something is missing. Please run:" "${advice[@]}"
}

# rustup installs here; a shell that is older than the installation has not got it in its PATH, or finds the
# distribution's own cargo, which may be too old, before it.
setup_rustup_path() {
    local bin=${CARGO_HOME:-$HOME/.cargo}/bin
    if ! setup_rust_is_new_enough && [[ -x $bin/cargo ]]; then
        export PATH="$bin:$PATH"
        hash -r
    fi
}

setup_can_install() {
    [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null
}

# Adds to `packages` what has to be installed for these commands; Rust's own package too, where there is one.
setup_packages() {
    local command
    for command in "$@"; do
        case $command in
        cargo-* | rust-*) continue ;; # comes with Rust, not with the system
        esac
        setup_has "$command" && continue
        case $command in
        cc | gcc) setup_add_packages gcc libc6-dev ;;
        nginx) setup_add_packages nginx-light ;;
        llvm-symbolizer) setup_add_packages llvm ;;
        *) setup_add_packages "$command" ;; # python3, g++, valgrind, cmake, strace: package and command are named alike
        esac
    done
    setup_rust_is_new_enough || ! setup_can_install || packages+=(rustup ca-certificates)
}

# Adds to `packages` those that are not there yet.
setup_add_packages() {
    local package
    for package in "$@"; do
        [[ " ${packages[*]-} " == *" $package "* ]] || packages+=("$package")
    done
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

setup_advise_packages() {
    if command -v apt-get >/dev/null; then
        advice+=("    sudo apt-get update && sudo apt-get install -y ${packages[*]}")
    else
        advice+=("    the installation of ${packages[*]} by your system's means")
    fi
}

# setup_apt PACKAGE...: installs them. rustup is left out where the distribution does not have it.
# --no-remove: never take away something that the machine's owner chose.
setup_apt() {
    local packages=() package
    setup_apt_get update -qq
    for package in "$@"; do
        [[ $package == rustup && -z $(apt-cache madison rustup) ]] || packages+=("$package")
    done
    echo "setup: apt-get install ${packages[*]}"
    DEBIAN_FRONTEND=noninteractive setup_apt_get install -y -qq --no-install-recommends --no-remove "${packages[@]}"
}

# apt-get, once no other process holds one of its locks: a fresh machine may be upgrading itself. Waits up to ten
# minutes for that.
setup_apt_get() {
    local errors tries
    errors=$(mktemp)
    for ((tries = 0; tries < 120; tries++)); do
        if LC_ALL=C apt-get "$@" 2>"$errors"; then
            rm -f "$errors"
            return
        fi
        grep -q "Could not get lock\|Unable to acquire\|Unable to lock" "$errors" || break
        [[ $tries -gt 0 ]] || echo "setup: another process uses apt; waiting for it" \
            "($(sed -n 's/.*\(held by process [^.]*\).*/\1/p' "$errors" | head -n 1))"
        sleep 5
    done
    cat "$errors" >&2
    rm -f "$errors"
    return 1
}

# The Rust in most distributions' packages is older than this project needs. Their rustup package, where there is one,
# which has been installed above then, brings the current Rust.
setup_rust() {
    local command
    if ! setup_rust_is_new_enough && setup_can_install && command -v rustup >/dev/null; then
        rustup default stable
        hash -r
    fi
    if ! setup_rust_is_new_enough; then
        advice+=("    rustup update, or the installation of Rust $(setup_rust_needed) or newer by https://rustup.rs")
        setup_advise_rust_found
        return
    fi
    for command in "$@"; do
        case $command in
        cargo-fmt) setup_rust_component fmt rustfmt ;;
        cargo-clippy) setup_rust_component clippy clippy ;;
        rust-nightly) setup_rust_nightly ;;
        rust-oldest) setup_rust_oldest ;;
        rust-src) setup_rust_src ;;
        esac
    done
}

# The tests depend on crates that need a newer Rust than the library does.
setup_rust_needed() {
    setup_rust_version "${setup_manifest:-tests/support/Cargo.toml}"
}

# setup_rust_version MANIFEST: prints the oldest Rust that builds this package.
setup_rust_version() {
    sed -n 's/^rust-version = "\(.*\)"/\1/p' "$1"
}

# Says which Rust is there, if one is.
setup_advise_rust_found() {
    local version
    if version=$(rustc --version 2>/dev/null); then
        advice+=("    ($(command -v rustc) is $version)")
    fi
}

setup_rust_is_new_enough() {
    local needed version
    needed=$(setup_rust_needed)
    version=$(rustc --version 2>/dev/null | cut -d ' ' -f 2) && cargo --version >/dev/null 2>&1 || return 1
    [[ -n $version && $(printf '%s\n' "$needed" "$version" | sort -V | head -n 1) == "$needed" ]]
}

setup_rust_component() {
    cargo "$1" --version >/dev/null 2>&1 && return
    if command -v rustup >/dev/null; then
        echo "setup: rustup component add $2"
        rustup component add "$2"
    else
        advice+=("    the installation of cargo $1, which comes with Rust by https://rustup.rs")
    fi
}

setup_rust_oldest() {
    local oldest
    oldest=$(setup_rust_version Cargo.toml)
    cargo "+$oldest" --version >/dev/null 2>&1 ||
        advice+=("    rustup toolchain install $oldest --profile minimal")
}

# The sanitizers are parts of the nightly compiler. What takes this long to fetch is left to the machine's owner.
setup_rust_nightly() {
    cargo +nightly --version >/dev/null 2>&1 ||
        advice+=("    rustup toolchain install nightly --profile minimal")
}

setup_rust_src() {
    [[ -d $(rustc +nightly --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library ]] ||
        advice+=("    rustup component add rust-src --toolchain nightly")
}

setup_fail() {
    printf '%s\n' "$@" >&2
    exit 1
}
