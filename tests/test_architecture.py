"""The house plan as tests: imports go downward, heavy libraries wait, and the documentation names every command."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer.cli import parser
from explorer.ui.server.launch import LOCAL_NAMES, OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "explorer"

FLOORS = (
    {"errors"},
    {"data", "stats"},
    {
        *("readers", "corrections", "embedding", "maps", "signals", "analysis", "evaluation", "subsets"),
        *("exporters", "review", "store"),
    },
    {"points"},
    {"actions"},
    {"ui"},
    {"cli"},
)
"""The rooms, from the ground up; each may import those below, and on its own floor without a circle."""

OUTSIDE = {"__init__", "__main__", "_version", "notebook"}
"""Files beside the rooms: the names that a notebook uses, and the ways to start."""

SCREEN_FLOORS = (
    {"server"},
    {"components", "session"},
    {"widgets"},
    {"map", "findings", "label_review", "review", "subsets", "evaluate", "loop", "start", "dataset"},
    {"frame"},
    {"pages"},
    {"app"},
)
"""The folders of `ui`, from the ground up: what a page is made of does not take from another page's folder."""

CUPBOARDS = {
    "ui": set().union(*SCREEN_FLOORS) - {"app", "frame"},
    "ui/components": {
        *("scatter", "gallery", "viewer", "findings", "distributions", "copy_button", "review", "kept_name"),
        *("shared", "vendor"),
    },
    "embedding": {"engines"},
    "exporters": {"snapshot"},
    "review": {"templates"},
    "store": {"derived", "decisions", "received"},
    "store/decisions": {"migrations"},
    "store/decisions/migrations": {"versions"},
}
"""The folders within rooms; every other room has none."""

STORAGE = {"store"}
COMPUTATION = FLOORS[2] - STORAGE
"""Storage and computation do not know each other."""

SCREEN = {"ui"}

DOORS = {"ui/server/preload.py", "maps/umap_import.py"}
"""The files that lean on the inside of Streamlit and of UMAP."""

HEAVY = {"torch", "open_clip", "umap", "faiss", "sklearn", "scipy", "plotly", "tqdm", "safetensors", "huggingface_hub"}
WEB = {"streamlit", "starlette", "uvicorn"}


def _modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "sample_data" not in path.parts]


def _part(module: Path) -> str:
    """The part of the house a file belongs to: its folder or its own name below the package."""
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


def _level(part: str) -> int:
    """The floor a part is on."""
    floors = [floor for floor, rooms in enumerate(FLOORS) if part in rooms]
    assert floors, f"explorer/{part} is no room of this house; see CONTRIBUTING.md for where its code goes."
    return floors[0]


def _imports(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Dotted names of what the nodes import; `from explorer import images` counts as `explorer.data.images`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _parts_imported(module: Path) -> set[str]:
    """Parts of this package that a file imports anywhere, for type checking and inside functions too."""
    names = [name.split(".") for name in _imports(ast.walk(ast.parse(module.read_text("utf-8"))))]
    return {name[1] for name in names if name[0] == "explorer" and len(name) > 1} & {_part(path) for path in _inner()}


def _at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run when a module is imported: nothing inside functions or `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if typing_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        yield node
        yield from _at_import(node)


def _inner() -> list[Path]:
    return [module for module in _modules() if _part(module) not in OUTSIDE]


@pytest.mark.parametrize("module", _inner(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downward(module: Path) -> None:
    own = _part(module)
    imported = _parts_imported(module) - {own}
    assert {part for part in imported if _level(part) > _level(own)} == set()
    assert own not in COMPUTATION or not imported & STORAGE, "Computation never imports storage."
    assert own not in STORAGE or not imported & COMPUTATION, "Storage never imports computation."


def test_every_folder_is_named_here() -> None:
    """A new one has its place in the house, and in the picture of CONTRIBUTING.md, before it has code."""
    folders = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*") if path.is_dir()]
    known = {Path(room) for room in set().union(*FLOORS)} | {Path(a) / b for a, bs in CUPBOARDS.items() for b in bs}
    ours = {path for path in folders if not {"__pycache__", "sample_data"} & set(path.parts)}
    assert ours - known == set()
    assert known - ours - {Path("errors")} == set(), "gone, or never built"


def _shelf(module: str) -> str:
    """The folder of `ui` that a module is in; empty outside."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["explorer", "ui"] and len(parts) > 2 else ""


@pytest.mark.parametrize("module", [m for m in _inner() if _part(m) == "ui"], ids=lambda m: str(m.relative_to(PACKAGE)))
def test_the_screen_is_built_from_the_ground_up(module: Path) -> None:
    own = _shelf(".".join(("explorer", *module.relative_to(PACKAGE).with_suffix("").parts)))
    imported = [_shelf(name) for name in _imports(ast.walk(ast.parse(module.read_text("utf-8"))))]
    shelves = {shelf for shelf in imported if shelf} - {own}
    floor = {shelf: number for number, floor in enumerate(SCREEN_FLOORS) for shelf in floor}
    assert {shelf for shelf in shelves if floor[shelf] >= floor[own]} == set()


def test_no_circle_of_imports() -> None:
    above: dict[str, set[str]] = {}
    for module in _inner():
        above.setdefault(_part(module), set()).update(_parts_imported(module) - {_part(module)})
    while above:
        leaves = {part for part, imported in above.items() if not imported & above.keys()}
        assert leaves, f"These import each other in a circle: {sorted(above)}."
        above = {part: imported for part, imported in above.items() if part not in leaves}


def test_the_command_line_takes_nothing_from_the_screen_but_its_start() -> None:
    trees = (ast.parse(module.read_text("utf-8")) for module in _inner() if _part(module) == "cli")
    taken = {name for tree in trees for name in _imports(ast.walk(tree)) if name.startswith("explorer.ui")}
    assert taken == {"explorer.ui.server.launch.serve"}


@pytest.mark.parametrize("module", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_libraries_wait_until_they_are_needed(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    roots = {name.split(".")[0] for name in _imports(_at_import(tree))}
    assert roots & HEAVY == set()
    if _part(module) != "ui":
        assert roots & WEB == set()
    if _part(module) not in SCREEN:
        assert {name.split(".")[0] for name in _imports(ast.walk(tree))} & WEB == set()


def test_the_inside_of_other_libraries_is_reached_for_in_two_files() -> None:
    """A type that Streamlit gives us is no door: nothing of it runs."""
    inside = (
        r"streamlit\.(components|web|(?!runtime\.uploaded_file_manager)runtime)|st\.__file__|data-test-|numba\.config"
    )
    found = {path.relative_to(PACKAGE).as_posix() for path in _modules() if re.search(inside, path.read_text("utf-8"))}
    assert found == DOORS


def test_no_pickle_and_no_unsafe_html() -> None:
    """Data from files or from other people never becomes code."""
    for module in _modules():
        text = module.read_text("utf-8")
        assert not re.search(r"\bimport pickle|allow_pickle=True|weights_only=False|unsafe_allow_html", text), module


def test_no_dialog_is_closed_by_what_ends_meanwhile() -> None:
    """All are those of one file, and whatever a page repeats by itself leaves the page alone while one is open."""
    for module in set(_modules()) - {PACKAGE / "ui" / "session" / "fragments.py"}:
        text = module.read_text("utf-8")
        repeated = re.findall(r"^@fragments\.repeated.*?(?=\n\n\n|\Z)", text, re.DOTALL | re.MULTILINE)
        assert not re.search(r"@st\.(dialog|fragment)", text), module
        assert not any("st.rerun" in one for one in repeated), module


def test_no_table_shows_what_is_missing_as_none() -> None:
    """Each says what stands where nothing is known; Streamlit would write None."""
    for module in _modules():
        calls = [node for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.Call)]
        tables = [one for one in calls if ast.unparse(one.func) == "st.dataframe"]
        assert all("placeholder" in [each.arg for each in one.keywords] for one in tables), module


def test_importing_the_package_is_light() -> None:
    script = "import sys, explorer; print([m for m in ('torch', 'pandas', 'numpy', 'streamlit') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_both_ways_to_start_the_app_are_one() -> None:
    assert (ROOT / "app.py").read_bytes() == (PACKAGE / "ui" / "app.py").read_bytes()


def test_both_ways_to_start_the_app_have_the_same_settings() -> None:
    """`edgecase open` passes them as flags; `streamlit run app.py` reads them from the configuration file."""
    written = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    flat = {f"{section}.{name}": value for section, values in written.items() for name, value in values.items()}
    assert flat.pop("server.address") == "127.0.0.1"
    assert flat.pop("server.allowedHosts") == list(LOCAL_NAMES)
    assert {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in flat.items()
    } == OPTIONS


def test_every_error_is_drawn_in_the_tree() -> None:
    from explorer import errors

    assert errors.__doc__
    drawn = re.findall(r"\b\w*Error\b", errors.__doc__)
    assert sorted(drawn) == sorted(name for name in vars(errors) if name.endswith("Error"))


# The README's command reference, held against the parser.


def _subcommands(command: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _reference() -> dict[str, set[str]]:
    """Every command (`subset create`) with its options."""
    found: dict[str, set[str]] = {}

    def walk(name: str, command: argparse.ArgumentParser) -> None:
        below = _subcommands(command)
        for word, inner in below.items():
            walk(f"{name} {word}".strip(), inner)
        if not below:
            options = {option for action in command._actions for option in action.option_strings}
            found[name] = options - {"-h", "--help"}

    walk("", parser())
    return found


def _readme_commands() -> list[str]:
    """Every line of the README's code blocks that begins with `edgecase`, continued lines joined."""
    text = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    joined = [re.sub(r"\\?\n[ \t]+", " ", block) for block in blocks]
    lines = [line.strip().removeprefix("$ ") for block in joined for line in block.splitlines()]
    return [line for line in lines if line.startswith("edgecase ")]


def _named(line: str) -> list[tuple[str, set[str]]]:
    """The commands a line names (`list|create` are two) with the options on it."""
    known = _reference()
    words = re.sub(r"[\[\]()…]", " ", line).split()[1:]
    first = words[0] if words else ""
    verbs = words[1].split("|") if any(name.startswith(f"{first} ") for name in known) and len(words) > 1 else [""]
    options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(words)))
    return [(f"{first} {verb}".strip(), options) for verb in verbs]


def test_the_readme_names_every_command_and_option() -> None:
    said: dict[str, set[str]] = {}
    for line in _readme_commands():
        for command, options in _named(line):
            said.setdefault(command, set()).update(options)
    missing = {
        command: sorted(options - said.get(command, set()))
        for command, options in _reference().items()
        if command not in said or options - said[command]
    }
    assert missing == {}


def test_the_readme_names_nothing_that_is_not_there() -> None:
    known = _reference()
    verbs = {name.rsplit(" ", 1)[0] for name in known if " " in name}
    for line in _readme_commands():
        for command, options in _named(line):
            group = command.split(" ")[0]
            allowed = (
                set().union(*(o for name, o in known.items() if name.startswith(f"{group} ")))
                if group in verbs
                else known.get(command)
            )
            assert command in known, line
            assert allowed is not None
            assert options <= allowed | {"--help"}, line


def test_the_examples_of_the_readme_can_be_parsed() -> None:
    """Lines without placeholders such as `[--option]` or `A|B` are commands as they are."""
    examples = [line.split(" #")[0] for line in _readme_commands() if not re.search(r"[\[\]|…]|\.\.\.", line)]
    for example in examples:
        words = re.split(r"\s[>|]\s", example)[0]
        parser().parse_args(shlex.split(words)[1:])
