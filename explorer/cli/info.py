"""What a workspace holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, decisions_option, evaluated_subsets, opened, print_json
from explorer.data.counts import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from explorer.data.records import Skipped
    from explorer.store.decisions.chain import Verified


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "info", _run, "Say what a workspace holds.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    decisions_option(command)
    take = "take the decisions as they are for all there should be, as after going back to an older database"
    command.add_argument("--accept-decisions", action="store_true", help=take)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.signals import signals_of
    from explorer.store.derived.manifest import damaged_files
    from explorer.store.relocation import image_warning

    if arguments.accept_decisions:
        opened(arguments).decisions.accept()
    workspace = opened(arguments)
    subsets = [{"name": each.name, "members": len(each.members)} for each in evaluated_subsets(workspace)]
    damaged = [str(file) for file in damaged_files(workspace.path, workspace.manifest)]
    decisions = workspace.decisions.verify_chain()
    info = {
        **workspace.info(),
        "signals": [signal.about() for signal in signals_of(workspace)],
        "subsets": subsets,
        "images_gone": image_warning(workspace),
        "damaged": damaged,
        "decisions": _decisions_json(decisions),
    }
    if arguments.json:
        print_json(info)
        return
    _print(info, workspace.skipped)
    if info["images_gone"]:
        print(f"edgecase: {info['images_gone']}", file=sys.stderr)
    for file in damaged:
        print(f"edgecase: {file} is not as it was written: run the build again to make it anew.", file=sys.stderr)
    if decisions.warning:
        print(f"edgecase: {decisions.warning}", file=sys.stderr)


def _print(info: dict[str, Any], skipped: Sequence[Skipped]) -> None:
    from explorer.data.left_out import left_out_in_words

    print(f"{info['name']}: {counted(info['samples'], 'image')} from {info['source']}, built {info['built_at']}")
    print(f"  model            {info['model']['name']}")
    if ran := info["model"].get("ran"):
        print(f"  embedded by      {ran}")
    print(f"  spaces           {', '.join(info['spaces'])}")
    print(f"  predictions      {', '.join(info['predictions']) or 'none'}")
    print(f"  signals          {', '.join(signal['title'] for signal in info['signals']) or 'none'}")
    for name, title in (("trustworthiness", "trustworthiness"), ("neighbors_kept", "neighbors kept")):
        print(f"  {title:16} {'too few images to say' if info[name] is None else info[name]}")
    for batch in info["batches"]:
        print(f"  batch            {batch['name']} ({batch['images']})")
    _print_layers(info)
    print(f"  left out         {left_out_in_words(skipped) or 'nothing'}")
    for each in skipped:
        print(f"    {each.filepath}: {each.reason}")
    for subset in info["subsets"]:
        print(f"  subset           {subset['name']} ({subset['members']})")
    if info["unfinished"]:
        print("edgecase: label and prediction maps are still to come: run the build again.", file=sys.stderr)


def _print_layers(info: dict[str, Any]) -> None:
    """What came beside the first maps: predictions, layouts and encoders."""
    for added in info["added_predictions"]:
        print(f"  added later      predictions of {added['name']} from {added['source']}")
    for one in info["layouts"]:
        how = ", ".join(f"{name} {one[name]}" for name in ("n_neighbors", "min_dist", "seed", "trustworthiness"))
        print(f"  layout           {one['name']} ({how})")
    for encoder in info["encoders"]:
        print(f"  encoder          {encoder['name']} ({encoder['model']['name']}; {_state(encoder)})")
        if ran := encoder["model"].get("ran"):
            print(f"    embedded by    {ran}")


def _state(encoder: dict[str, Any]) -> str:
    """How good the map of a further encoder is, or why there is none."""
    if "without_vector" not in encoder:
        return str(encoder["problem"] or "its maps are still to come")
    without = encoder["without_vector"]
    return f"trustworthiness {encoder['trustworthiness']}" + (
        f", {counted(without, 'image')} without a vector" if without else ""
    )


def _decisions_json(decisions: Verified) -> dict[str, Any]:
    broken = decisions.broken_link
    return {
        "events": decisions.events,
        "damaged": [one._asdict() for one in decisions.damaged],
        "broken_link": broken._asdict() if broken else None,
    }
