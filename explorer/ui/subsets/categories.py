"""The categories: what belongs to each, how far it is covered, and what fixing it gains at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from explorer.actions.categories import candidates, found_by, standings
from explorer.actions.hygiene import left_out_words
from explorer.data.categories import FIELDS, FIRST, LEVELS, PRIORITIES, STATUSES, TEMPLATES, TITLES
from explorer.data.counts import counted
from explorer.errors import ExplorerError
from explorer.points.chosen import put_by_reviewers
from explorer.review.taxonomy import template, to_yaml
from explorer.store.decisions.categories import Categories
from explorer.ui.session import fragments, learnt, live_subsets, messages, opened, search, text
from explorer.ui.subsets import hygiene
from explorer.ui.widgets import recommended, tag_dialog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.actions.categories import Standing
    from explorer.data.categories import Category
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.subsets import Subset

NONE_YET = (
    "No categories yet. A category says in words which images belong to it, so that two people decide alike. Begin "
    "with a template, add your own, or give a subset a category when you tag it."
)
_TABLE = "category_list"
_SAFETY = ("trigger", "insufficiency", "hazard", "domain", "owner")
_HELP = {
    "criterion": "What belongs to it, so that two people decide alike.",
    "severity": "How to tell low, medium and high.",
    "trigger": "What makes the model fail.",
    "insufficiency": "What the model or its data lack.",
    "hazard": "What may come of it.",
    "domain": "The attribute of the operating domain that it belongs to.",
}


def above() -> None:
    """What is done with all of them."""
    with st.container(key="row-categories"):
        add, begin, out, undo = st.columns([3, 3, 3, 3], vertical_alignment="bottom")
    if add.button("Add a category…", icon=":material/add:", type="primary", width="stretch"):
        _add()
    if begin.button("From a template…", icon=":material/library_add:", width="stretch"):
        _begin()
    known = _categories().all()
    out.download_button(
        "YAML",
        to_yaml(known),
        "categories.yaml",
        "application/yaml",
        icon=":material/download:",
        width="stretch",
        disabled=not known,
        help="All of them, to keep beside your code; `edgecase category import` takes them in again.",
    )
    with undo:
        tag_dialog.undo_buttons("category")


def draw(subsets: Sequence[Subset]) -> None:
    """The table, and below it the one that was clicked."""
    found = _standings(subsets)
    if not found:
        st.info(NONE_YET, icon=":material/category:")
        return
    _table(found)
    chosen = next((each for each in found if each.category.key == st.session_state.category), None)
    if chosen is None:
        st.caption("A click on a row shows all that is said of it, its examples, and what its rule proposes.")
        return
    _detail(chosen)


def _categories() -> Categories:
    return Categories(opened.decisions())


def _standings(subsets: Sequence[Subset]) -> list[Standing]:
    """Those in use first."""
    now = [*(live_subsets.now(subset).subset for subset in subsets), *put_by_reviewers(opened.decisions())]
    categories = sorted(_categories().all(), key=lambda each: bool(each.retired))
    clean = learnt.quickly() if categories else None
    return standings(opened.view(), categories, now, opened.model(), opened.thresholds(), clean)


def _table(found: Sequence[Standing]) -> None:
    frame = pd.DataFrame([_row(each) for each in found]).dropna(axis="columns", how="all")
    st.dataframe(
        frame,
        key=_TABLE,
        hide_index=True,
        width="stretch",
        on_select=lambda: _choose(found),
        selection_mode=("single-row", "single-cell"),
        placeholder="",
        column_config={
            "Category": st.column_config.TextColumn(width="medium"),
            "Criterion": st.column_config.TextColumn(width="large"),
            "Covered": st.column_config.ProgressColumn(
                format="percent", min_value=0, max_value=1, help="How many of the examples aimed at there are."
            ),
            "Examples": st.column_config.TextColumn(help=_EXAMPLES),
            "Ceiling": st.column_config.NumberColumn(
                format="%.0f%%",
                help=f"Fixing its examples removes at most so much of the errors of {text.plain(str(opened.model()))}.",
            ),
        },
    )


_EXAMPLES = (
    "Of how many aimed at: members of the subsets that have it, and what reviewers put in, without what the model may "
    "have learnt from."
)


def _row(standing: Standing) -> dict[str, Any]:
    category, ceiling = standing.category, standing.ceiling
    return {
        "Category": category.name,
        "Covered": standing.coverage,
        "Examples": f"{standing.counting:,} of {category.target:,}",
        "Ceiling": 100 * ceiling.value if ceiling.n else None,
        "Status": "retired" if category.retired else category.status,
        "Risk": category.priority or None,
        "Criterion": category.criterion or None,
        "Level": category.level or None,
        "Owner": category.owner or None,
    }


def _choose(found: Sequence[Standing]) -> None:
    picked = st.session_state[_TABLE].selection
    rows = [*picked.rows, *(row for row, _ in picked.cells)]
    st.session_state.category = found[rows[0]].category.key if rows else None


def _detail(standing: Standing) -> None:
    category = standing.category
    st.markdown(f"#### {text.cell(category.name)}", help=text.whole(category.name))
    st.markdown(text.plain(category.criterion) or ":gray[No criterion yet: say what belongs to it, under Edit.]")
    if category.retired:
        st.info(f"Retired: {text.plain(category.retired)}", icon=":material/archive:")
    if standing.in_words:
        st.markdown(f":material/trending_down: {text.plain(standing.in_words)}")
    _actions(standing)
    said = [(TITLES[field], _said(category, field)) for field in FIELDS if field not in ("name", "criterion")]
    listed = "  \n".join(f":gray[{title}] {text.plain(value)}" for title, value in said if value)
    st.markdown(listed)
    st.caption(f"Of {', '.join(map(text.cell, standing.subsets))}" if standing.subsets else _no_examples(category))
    if standing.left_out:
        st.caption(left_out_words(standing.left_out))
    if standing.examples:
        hygiene.draw(category)


def _no_examples(category: Category) -> str:
    return f"No subset has it yet: choose “{text.cell(category.name)}” as the category when you tag images."


def _said(category: Category, field: str) -> str:
    value = getattr(category, field)
    if field == "space" and (not category.where or value == FIRST[field]):
        return ""
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _actions(standing: Standing) -> None:
    category = standing.category
    with st.container(key="row-category"):
        examples, rule, edit, retire = st.columns(4)
    if examples.button(
        f"Show {counted(len(standing.examples), 'example')}",
        icon=":material/scatter_plot:",
        width="stretch",
        disabled=not standing.examples,
        key=f"examples {category.key}",
    ):
        _show(standing.examples)
    if rule.button(
        "Show candidates",
        icon=":material/filter_alt:",
        width="stretch",
        disabled=not category.where,
        help="What its rule finds and is no example yet, selected on the map: tag what belongs to it.",
        key=f"candidates {category.key}",
    ):
        _show_candidates(standing)
    if edit.button("Edit…", icon=":material/edit:", width="stretch", key=f"edit {category.key}"):
        _edit(category)
    if category.retired:
        retire.button(
            "Restore",
            icon=":material/unarchive:",
            width="stretch",
            key=f"restore {category.key}",
            on_click=messages.attempt,
            args=(_categories().restore, category.key),
        )
    elif retire.button("Retire…", icon=":material/archive:", width="stretch", key=f"retire {category.key}"):
        _retire(category)


def _show_candidates(standing: Standing) -> None:
    try:
        found = candidates(opened.view(), standing, opened.thresholds())
    except ExplorerError as error:
        st.error(text.sentence(str(error)))
        return
    if found:
        _show(found)
    else:
        st.info("Its rule finds nothing that is no example yet.")


def _show(ids: Sequence[str]) -> None:
    points = opened.of_ids(ids)
    search.show_on_map(points.space.rows(ids), "subset", points)
    st.switch_page("map.py")


@fragments.dialog("Add a category", width="medium")
def _add() -> None:
    facts = _fields("new category", {"name": "", **FIRST})
    if st.button("Save", type="primary", width="stretch"):
        _save(lambda author: _categories().add(author=author, **facts), facts)


@fragments.dialog("Edit category", width="medium")
def _edit(category: Category) -> None:
    facts = _fields(category.key, category.facts())
    if st.button("Save", type="primary", width="stretch"):
        _save(lambda author: _categories().edit(category.key, author=author, **facts), facts)


def _save(decide: Any, facts: dict[str, Any]) -> None:  # noqa: ANN401 - a verb that takes an author
    def checked(author: str) -> Event:
        if facts["where"]:
            found_by(opened.view(), facts["where"], facts["space"])
        made: Event = decide(author)
        return made

    event = messages.attempt(checked)
    if event:
        st.session_state.category = event.key
        messages.say(text.plain(event.sentence))
        st.rerun()
    messages.show_refusal()


def _fields(key: str, first: dict[str, Any]) -> dict[str, Any]:
    """Draw what is asked of a category; `first` is what stands there by field. Gives what stands there now."""

    def line(field: str, where: Any = st) -> str:  # noqa: ANN401 - a place on the page
        return str(where.text_input(TITLES[field], first[field], key=f"{field} of {key}", help=_HELP.get(field)))

    def block(field: str, said: str, helped: str | None = None) -> str:
        return str(st.text_area(TITLES[field], said, key=f"{field} of {key}", help=helped or _HELP[field], height=80))

    def one_of(field: str, options: Sequence[str], where: Any) -> str:  # noqa: ANN401
        place = options.index(first[field])
        shown = where.selectbox(TITLES[field], options, place, key=f"{field} of {key}", format_func=_or_not_said)
        return str(shown)

    facts: dict[str, Any] = {"name": line("name"), "criterion": block("criterion", first["criterion"])}
    level, priority, target = st.columns(3)
    facts |= {
        "level": one_of("level", ("", *LEVELS), level),
        "priority": one_of("priority", ("", *PRIORITIES), priority),
        "target": int(target.number_input("Target", 1, value=first["target"], key=f"target of {key}", help=_TARGET)),
        "severity": block("severity", first["severity"]),
        "where": recommended.lines(block("where", "\n".join(first["where"]), _RULE)),
    }
    spaces = [str(name) for name in opened.view().workspace.spaces]
    facts["space"] = first["space"]
    if len(spaces) > 1:
        facts["space"] = one_of("space", list(dict.fromkeys([*spaces, first["space"]])), st)
    status, rationale = st.columns([1, 2])
    facts |= {"status": one_of("status", STATUSES, status), "rationale": line("rationale", rationale)}
    facts["actions"] = recommended.field(first["actions"], key=f"actions of {key}")
    with st.expander("For safety and medical teams"):
        facts |= {field: line(field) for field in _SAFETY}
        facts["requirements"] = recommended.lines(
            block("requirements", "\n".join(first["requirements"]), "Ids of requirements, one a line.")
        )
    return facts


_TARGET = "Examples aimed at: 20 to 50 are usual."
_RULE = "Conditions that propose candidates, one a line, such as `split=test` or `weight>=10`; all of them must hold."


def _or_not_said(option: str) -> str:
    return option or "not said"


@fragments.dialog("Retire category")
def _retire(category: Category) -> None:
    st.markdown(f"“{text.cell(category.name)}” stays with its examples and its history, and can be restored.")
    reason = st.text_input("Why is it no longer in use?", key=f"reason of {category.key}")
    if st.button("Retire", type="primary", width="stretch"):
        if messages.attempt(_categories().retire, category.key, reason=reason):
            messages.say(f"Retired “{text.cell(category.name)}”.")
            st.rerun()
        messages.show_refusal()


@fragments.dialog("Begin with a template", width="medium")
def _begin() -> None:
    name = st.selectbox("Template", list(TEMPLATES), key="template", format_func=TEMPLATES.__getitem__)
    entries = template(name)
    shown = pd.DataFrame([{"Category": one["name"], "Criterion": one["criterion"]} for one in entries])
    st.dataframe(shown, hide_index=True, width="stretch", height=300, placeholder="")
    st.caption("Those that somebody has described already stay as they are.")
    if st.button(f"Add {counted(len(entries), 'category', 'categories')}", type="primary", width="stretch"):
        reason = f"from the template {name}"
        made = messages.attempt(_categories().take_in, entries, reason=reason, only_new=True)
        if made is not None:
            messages.say(f"Added {counted(len(made), 'category', 'categories')}.")
            st.rerun()
        messages.show_refusal()
