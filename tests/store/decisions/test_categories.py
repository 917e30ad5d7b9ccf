"""Categories: their verbs, what subsets name, what undo does to them, and what older programs make of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from explorer.errors import CategoryError, SubsetError, WorkspaceError
from explorer.store.backup import backup, restore
from explorer.store.decisions import database
from explorer.store.decisions.categories import Categories
from explorer.store.decisions.subsets import Decisions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from explorer.store.workspace import Workspace


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Decisions]:
    with Decisions.open(tmp_path / "decisions.db") as opened:
        yield opened


@pytest.fixture
def categories(log: Decisions) -> Categories:
    return Categories(log)


def told(categories: Categories) -> list[str]:
    return [event.sentence for event in reversed(categories.history())]


def names(categories: Categories) -> list[str]:
    return [each.name for each in categories.all()]


def test_a_category_is_added_edited_retired_and_restored_and_all_of_it_is_told(categories: Categories) -> None:
    event = categories.add("  Sun   glare ", author="Ada", criterion=" Low sun. ", where=["lux>=0.9", " "], target=30)
    found = categories.find("sun glare")
    assert (found.key, found.name, found.criterion) == (event.key, "Sun glare", "Low sun.")
    assert (found.where, found.target, found.status, found.space) == (("lux>=0.9",), 30, "open", "image")
    categories.edit("Sun glare", author="Bob", name="Glare", hazard="Missed signs", requirements=["R1", "R2"])
    categories.retire("glare", author="Bob", reason="Out of scope")
    assert categories.find("Glare").retired == "Out of scope"
    assert categories.in_use() == []
    categories.restore("Glare", author="Ada")
    assert [each.name for each in categories.in_use()] == ["Glare"]
    assert categories.find(event.key).requirements == ("R1", "R2")
    assert told(categories) == [
        "Ada added the category “Sun glare”.",
        "Bob renamed the category “Sun glare” to “Glare” and changed its hazard and requirements.",
        "Bob retired the category “Glare”: Out of scope.",
        "Ada restored the category “Glare”.",
    ]


def test_what_a_subset_has_as_its_category_is_one_without_a_criterion(log: Decisions, categories: Categories) -> None:
    """Reading writes nothing; the first words about it are an event under the key that it had before."""
    log.create_subset("Boots at night", author="Ada", category="Lighting")
    log.create_subset("Coats at night", author="Bob", category="lighting ")
    before = log.standing().sequence
    (found,) = categories.all()
    assert (found.name, found.criterion, found.target, found.created_by) == ("Lighting", "", 20, "Ada")
    assert not found.written
    assert log.standing().sequence == before
    categories.edit("LIGHTING", author="Cleo", criterion="Too dark to see.")
    (described,) = categories.all()
    assert (described.key, described.criterion) == (found.key, "Too dark to see.")
    assert told(categories) == [
        "Cleo added the category “Lighting”.",
        "Cleo changed the criterion of the category “Lighting”.",
    ]
    assert log.state().by_name["Boots at night"].category == "Lighting"
    assert log.verify_chain() == (4, [], None)


def test_a_category_that_only_a_subset_names_goes_with_it(log: Decisions, categories: Categories) -> None:
    log.create_subset("Boots", author="Ada", category="Lighting")
    log.delete_subset("Boots", author="Ada")
    assert categories.all() == []
    log.restore_subset("Boots", author="Ada")
    categories.retire("Lighting", author="Ada", reason="Solved")
    log.delete_subset("Boots", author="Ada")
    assert [(each.name, each.retired) for each in categories.all()] == [("Lighting", "Solved")]


def test_what_is_recommended_for_a_category_is_kept_where_older_programs_pass_over_it(categories: Categories) -> None:
    added = categories.add("Glare", author="Ada", actions=["Collect: Ten more. "], hazard="Missed signs")
    assert added.payload["facts"] == {"name": "Glare", "hazard": "Missed signs"}
    assert categories.find("Glare").actions == ("collect: Ten more.",)
    edited = categories.edit("Glare", author="Bob", actions=["augment: Brighter.", "remove: Two."], target=30)
    assert edited.payload["changes"] == {"target": 30}
    assert (categories.find("Glare").actions, categories.find("Glare").target) == (
        ("augment: Brighter.", "remove: Two."),
        30,
    )
    assert told(categories)[-1] == "Bob changed the target and actions of the category “Glare”."
    categories.undo("Bob")
    assert categories.find("Glare").actions == ("collect: Ten more.",)
    categories.edit("Glare", author="Bob", actions=[])
    assert categories.find("Glare").actions == ()
    for wrong in ("buy: A camera.", "collect", "collect: "):
        with pytest.raises(CategoryError, match="Expected as an action one of collect, relabel"):
            categories.edit("Glare", author="Bob", actions=[wrong])


def test_an_example_is_retired_with_a_reason_and_back_again_with_undo(categories: Categories) -> None:
    categories.add("Glare", author="Ada")
    categories.retire_examples("glare", ["a", "b", "a"], author="Bob", reason="in training")
    event = categories.retire_examples("glare", ["c"], author="Bob", reason="blurred")
    assert categories.find("Glare").retired_examples == {"a", "b", "c"}
    assert event.payload["changes"] == {}
    assert told(categories)[-2:] == [
        "Bob retired 2 examples of the category “Glare”: in training.",
        "Bob retired 1 example of the category “Glare”: blurred.",
    ]
    categories.undo("Bob")
    assert categories.find("Glare").retired_examples == {"a", "b"}
    with pytest.raises(CategoryError, match="a reason for retiring an example"):
        categories.retire_examples("glare", ["c"], author="Bob", reason=" ")


def test_a_name_that_a_category_had_still_means_it(log: Decisions, categories: Categories) -> None:
    log.create_subset("Boots", author="Ada", category="Lighting")
    categories.edit("Lighting", author="Ada", name="Illumination")
    assert names(categories) == ["Illumination"]
    assert categories.find("lighting").names == ("Illumination", "Lighting")
    with pytest.raises(CategoryError, match="“Lighting” was the name of the category “Illumination” of Ada"):
        categories.add("Lighting", author="Bob")
    categories.edit("Lighting", author="Ada", name="Lighting")
    assert categories.find("Lighting").former == ("Illumination",)


def test_undo_takes_back_what_the_author_decided_about_categories(log: Decisions, categories: Categories) -> None:
    categories.add("Glare", author="Ada")
    log.create_subset("Glare", author="Ada")
    assert categories.undo("Bob") is None
    categories.undo("Ada")
    assert names(categories) == []
    assert list(log.state().by_name) == ["Glare"]
    categories.redo("Ada")
    assert names(categories) == ["Glare"]
    categories.undo("Ada")
    categories.add("glare", author="Bob", owner="Bob")
    assert [(each.name, each.created_by, each.owner) for each in categories.all()] == [("glare", "Bob", "Bob")]


def test_undo_does_not_bring_about_a_name_twice(categories: Categories) -> None:
    categories.add("Glare", author="Ada")
    categories.undo("Ada")
    categories.add("Sun", author="Bob")
    categories.edit("Sun", author="Bob", name="Glare")
    with pytest.raises(CategoryError, match="taken"):
        categories.redo("Ada")


def test_a_retired_name_is_not_given_again(categories: Categories) -> None:
    categories.add("Glare", author="Ada")
    for reason in ("", " \n"):
        with pytest.raises(CategoryError, match="Expected a reason"):
            categories.retire("Glare", author="Ada", reason=reason)
    categories.retire("Glare", author="Ada", reason="Solved")
    with pytest.raises(CategoryError, match=r"“Glare” is retired \(Solved\)"):
        categories.add("GLARE", author="Bob")
    with pytest.raises(CategoryError, match="retired already"):
        categories.retire("Glare", author="Bob", reason="Again")
    categories.restore("Glare", author="Bob")
    with pytest.raises(CategoryError, match="not retired"):
        categories.restore("Glare", author="Bob")


def test_a_subset_names_no_category_that_could_not_be_one(log: Decisions, categories: Categories) -> None:
    """What a subset has as its category, an export of categories holds: it has to be taken in again."""
    log.create_subset("Dark", author="Ada", category=" low\n light ")
    with pytest.raises(CategoryError, match=r"found 201 characters, 'x{40}'…\.$"):
        log.edit_subset("Dark", author="Ada", category="x" * 201)
    assert log.state().find("Dark").category == "low light"
    assert names(categories) == ["low light"]


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"name": " "}, "Expected a name of 1 to 200"),
        ({"name": "x" * 201}, "Expected a name of 1 to 200"),
        ({"target": 0}, "at least 1, found 0"),
        ({"target": 10**400}, "at most 1,000,000,000, found more"),
        ({"target": True}, "at least 1, found True"),
        ({"target": "20"}, "at least 1, found '20'"),
        ({"priority": "urgent"}, "one of low, medium, high, critical, found 'urgent'"),
        ({"level": "galaxy"}, "one of pixel, domain, object, scene, scenario"),
        ({"status": "done"}, "one of open, mitigated, accepted"),
        ({"status": "accepted"}, "Expected a rationale"),
        ({"criterion": 7}, "Expected as criterion of a category text, found 7"),
        ({"where": "a=b"}, "Expected as where of a category a list"),
        ({"colour": "red"}, "found 'colour'. There are: name, level"),
    ],
)
def test_what_a_category_cannot_be_is_refused_and_nothing_is_written(
    log: Decisions, categories: Categories, facts: dict[str, Any], message: str
) -> None:
    with pytest.raises(CategoryError, match=message):
        categories.add(**{"name": "Glare", "author": "Ada", **facts})
    categories.add("Other", author="Ada")
    with pytest.raises(CategoryError, match=message):
        categories.edit("Other", author="Ada", **facts)
    assert log.standing().sequence == 1


def test_what_no_database_keeps_is_refused(categories: Categories) -> None:
    for facts in ({"criterion": "a\x00b"}, {"requirements": ["\ud800"]}):
        with pytest.raises(SubsetError, match="text that can be stored"):
            categories.add("Glare", author="Ada", **facts)


def test_an_edit_says_what_differs_alone(categories: Categories) -> None:
    categories.add("Glare", author="Ada", criterion="Low sun.", status="accepted", rationale="Rare")
    with pytest.raises(CategoryError, match="Nothing to change"):
        categories.edit("Glare", author="Ada", criterion="Low sun.", target=20)
    with pytest.raises(CategoryError, match="rationale"):
        categories.edit("Glare", author="Ada", rationale="")
    event = categories.edit("Glare", author="Ada", criterion="", target=50)
    assert event.payload["changes"] == {"criterion": "", "target": 50}
    with pytest.raises(CategoryError, match=r"“Hail”. There are: Glare"):
        categories.find("Hail")


def test_many_are_taken_in_at_once_or_none(log: Decisions, categories: Categories) -> None:
    log.create_subset("Boots", author="Ada", category="Lighting")
    categories.add("Glare", author="Ada", owner="Ada")
    entries = [
        {"name": "Glare", "criterion": "Low sun."},
        {"name": "lighting", "criterion": "Dark."},
        {"name": "Fog", "retired": "Out of scope"},
    ]
    events = categories.take_in(entries, author="Bob", reason="from team.yaml")
    assert [event.kind for event in events] == ["edited", "added", "added", "retired"]
    assert [(each.name, each.criterion, each.owner, each.retired) for each in categories.all()] == [
        ("Glare", "Low sun.", "Ada", ""),
        ("lighting", "Dark.", "", ""),
        ("Fog", "", "", "Out of scope"),
    ]
    assert categories.take_in(entries, author="Bob") == []
    other = [{"name": "Glare", "criterion": "Any."}, {"name": "Hail"}]
    assert [each.payload["name"] for each in categories.take_in(other, author="Bob", only_new=True)] == ["Hail"]
    assert categories.find("Glare").criterion == "Low sun."
    categories.undo("Bob")
    before = log.standing().sequence
    with pytest.raises(CategoryError, match="found “FOG” twice"):
        categories.take_in([{"name": "Hail"}, {"name": "Fog", "owner": "Bob"}, {"name": "FOG"}], author="Bob")
    assert log.standing().sequence == before


def test_an_older_program_refuses_what_it_cannot_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "older.db"
    with Decisions.open(path) as log:
        Categories(log).add("Glare", author="Ada")
    newest = database.REVISIONS[-1]
    monkeypatch.setattr(database, "REVISIONS", ("0001", "0002", "0003"))
    with pytest.raises(WorkspaceError, match=f"have schema {newest}, of a newer version"):
        Decisions.open(path)


def test_a_database_of_revision_0003_is_copied_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "older.db"
    with Decisions.open(path) as log:
        log.create_subset("Boots", author="Ada", category="Lighting")
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE edgecase_schema SET version_num = '0003'")
    with Decisions.open(path) as log:
        Categories(log).edit("Lighting", author="Ada", criterion="Dark.")
        assert log.verify_chain() == (3, [], None)
    assert (tmp_path / "older.db.0003").exists()


def test_a_backup_carries_categories_and_gives_them_back(workspace: Workspace, tmp_path: Path) -> None:
    workspace.categories.add("Glare", author="Ada", where=["split=test"])
    backup(workspace, tmp_path / "friday.zip")
    restore(tmp_path / "friday.zip", tmp_path / "again")
    from explorer import open_workspace

    (found,) = open_workspace(tmp_path / "again").categories.all()
    assert (found.name, found.where) == ("Glare", ("split=test",))
