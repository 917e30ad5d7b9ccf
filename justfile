# The tasks of every day, with the tools of the environment that is active.

set positional-arguments

[private]
default:
    @just --list

# Run every test, those in the browser too
test *options:
    python -m pytest "$@"

# Run the tests that take no browser, no build and no CLIP, in less than a minute
fast *options:
    python -m pytest -m "not browser and not slow" "$@"

# Check style, format and types, as CI does
lint:
    ruff check .
    ruff format --check .
    mypy

# Build the sample data and open them
demo *options:
    python -m explorer demo "$@"
