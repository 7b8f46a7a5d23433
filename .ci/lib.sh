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

# Print an interpreter of a version; fails where there is none.
find_python() { # X.Y
    local candidate
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        if "$candidate" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys._base_executable)'
            return
        fi
    done
    sh .ci/uv python find --no-python-downloads --no-project "$1" 2>/dev/null
}

# What speaks to a database, in the lists that PostgreSQL and MariaDB are given.
database_tests="tests/jobs tests/models tests/test_checks.py tests/test_limits.py tests/test_limits_accounts.py tests/test_outbox.py tests/engine tests/webhooks"
postgres_tests="$database_tests tests/gateway tests/admin/test_resubmitting.py tests/example_project/test_budgets.py tests/live/test_views.py"
# Not the admin: its date hierarchy wants MariaDB's time zone tables, which a new server lacks.
mariadb_tests="$database_tests tests/gateway/outgoing $(echo tests/gateway/test_{tokens,limits,idempotency,uploads,lists,usage}.py)"

# Run tests on another database than SQLite in memory.
tests_on() { # URL, name, pytest arguments
    # A thread of a live server may still hold a connection when the databases are dropped.
    UNIVERSAL_AI_TEST_DATABASE_URL=$1 tests "$2" -m "$elsewhere" -W default::pytest.PytestWarning "${@:3}"
}

# Where the parts that are measured keep what they found; the stage `coverage` puts them together.
measured=$out/measured

# Run something under coverage: `measure test make test PYTEST="coverage run -m pytest"`.
measure() { # part, command
    mkdir -p "$measured/$1"
    COVERAGE_FILE=$PWD/$measured/$1/.coverage "${@:2}"
}
