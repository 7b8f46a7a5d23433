# Sourced by the stages. shellcheck shell=bash
set -euo pipefail

out=var/ci
run=(sh .ci/uv run --frozen --no-sync)

# Say loudly that something was left unchecked. .ci/run repeats these lines below its table.
not_checked() {
    printf 'NOT CHECKED: %s\n' "$*"
}

# End the stage as one that did not run.
give_up() {
    not_checked "$@"
    exit 75
}

# What `make test` leaves to other stages, and the tests that the stage `services` runs.
elsewhere="not browser and not slow and not faults and not services"

# Run part of the test suite, with a report that the stage `skips` reads.
tests() { # name, pytest arguments
    local name=$1
    shift
    "${run[@]}" pytest --junitxml="$out/tests-$name.xml" "$@"
}

# Where the parts that are measured keep what they found; the stage `coverage` puts them together.
measured=$out/measured

# Run something under coverage: `measure test make test PYTEST="coverage run -m pytest"`.
measure() { # part, command
    mkdir -p "$measured/$1"
    COVERAGE_FILE=$PWD/$measured/$1/.coverage "${@:2}"
}
