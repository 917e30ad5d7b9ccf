"""Numbers that are the same in every export."""

from __future__ import annotations

from explorer.exporters.numbers import numbered


def test_numbers_of_the_source_are_kept_and_others_do_not_depend_on_what_else_is_exported() -> None:
    some = numbered(["a", "b", "c"], {"b": 7})
    assert some["b"] == 7
    assert numbered(["c"], {}) == {"c": some["c"]}
    assert list(some) == ["a", "b", "c"]
    assert len(set(some.values())) == 3
    assert min(some.values()) >= 1
    assert max(some.values()) < 2**53, "what every reader of JSON holds exactly"


def test_of_two_that_share_a_number_the_first_keeps_it() -> None:
    numbers = numbered(["b", "a"], {"a": 3, "b": 3})
    assert numbers["b"] == 3
    assert numbers["a"] == numbered(["a"], {})["a"]


def test_a_number_that_is_taken_is_given_to_nobody_else() -> None:
    taken = numbered(["a"], {})["a"]
    numbers = numbered(["a", "other"], {"other": taken})
    assert (numbers["other"], numbers["a"]) == (taken, taken + 1)
