# Sourced from the project's directory, by scripts/test and by tests/interop. Defines
#
#   python_peers
#
# which makes sure that the Python programs which the tests talk to are installed, in an environment of their own
# (target/interop-venv), and prints the path of its python. Versions are those of tests/interop/requirements.txt.

# shellcheck shell=bash

python_peers() {
    local target=${CARGO_TARGET_DIR:-target} venv requirements=tests/interop/requirements.txt
    venv=$target/interop-venv
    mkdir -p "$target"
    (
        # Test programs run side by side.
        flock 9
        # The copy is written last, so it tells of an environment that is complete and current.
        cmp -s "$requirements" "$venv/requirements.txt" && exit
        python_peers_install "$venv" "$requirements"
    ) 9>"$target/interop-venv.lock" >&2 || return
    printf '%s\n' "$venv/bin/python"
}

python_peers_install() {
    local venv=$1 requirements=$2
    rm -rf "$venv"
    if ! python3 -m venv "$venv"; then
        echo "python3 has no venv module. On Debian and Ubuntu: apt-get install python3-venv"
        return 1
    fi
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" &&
        cp "$requirements" "$venv/requirements.txt"
}
