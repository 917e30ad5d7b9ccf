"""The whole cycle on the sample data: found, tagged, exported, corrected, imported, retrained, compared.

Every step is a command of the README, run as a person would. The labelers are `truth.csv`: they put right what was
swapped, and leave the rest. Version v3 is a linear model on the demo CLIP's vectors with the corrected labels; each
image is predicted by a model that did not see it.

    python benchmarks/cycle.py [WORKSPACE]      prints each command, then the figures; the workspace stays
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data"
DARK, SUSPECTED, REST = "dark", "suspected labels", "all but dark"
FOLDS = 5


def edgecase(*words: object) -> str:
    """Run a command of the README; its output."""
    argv = list(map(str, words))
    print("$ edgecase", " ".join(f"'{word}'" if " " in word else word for word in argv), flush=True)
    ran = subprocess.run(
        [sys.executable, "-m", "explorer", *argv], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise SystemExit(ran.stderr)
    return ran.stdout


def cycle(workspace: Path, scratch: Path) -> dict[str, Any]:
    """Run the cycle; gives what `edgecase compare --json` says at its end, and how many labels came back.

    Args:
        workspace: where to build the sample, unless it is there.
        scratch: for the files in between.
    """
    if not (workspace / "edgecase.json").exists():
        fashion = SAMPLE / "fashion"
        said = [f"--predictions={model}={fashion / 'probabilities.parquet'}" for model in ("v1", "v2")]
        edgecase("build", fashion / "labels.csv", "--workspace", workspace, *said, "--pretrained", SAMPLE / "model")
    truth = pd.read_csv(SAMPLE / "fashion" / "truth.csv").set_index("image")
    _tag(workspace, truth, scratch)
    edgecase("export", workspace, DARK, SUSPECTED, "--format", "label-studio", "--out", scratch / "out")
    answers = _answered(scratch / "out" / "tasks.json", truth["true_label"])
    told = json.loads(edgecase("import-labels", workspace, answers, "--author", "labelers", "--json"))
    edgecase("add-predictions", workspace, f"v3={_trained(workspace, scratch)}")
    compared = json.loads(edgecase("compare", workspace, "v1", "v3", "--labels", "corrected", "--json"))
    return {**compared, "imported": told}


def _tag(workspace: Path, truth: pd.DataFrame, scratch: Path) -> None:
    """Tag the dark images, which are 44 by `truth.csv`, and the labels that `edgecase analyze` suspects."""
    dark = truth["condition"] == "dark"
    for name, ids in ((DARK, truth.index[dark]), (REST, truth.index[~dark])):
        (scratch / "ids.txt").write_text("\n".join(ids), "utf-8")
        edgecase("subset", "create", workspace, name, "--ids", scratch / "ids.txt", "--author", "Ada")
    found = json.loads(edgecase("analyze", workspace, "--only", "label_issues,findings", "--json"))["findings"]
    (suspected,) = [one["ids"] for one in found if one["kind"] == "label_issues"]
    (scratch / "ids.txt").write_text("\n".join(suspected), "utf-8")
    edgecase("subset", "create", workspace, SUSPECTED, "--ids", scratch / "ids.txt", "--author", "Ada")


def _answered(tasks: Path, true: pd.Series) -> Path:
    """The tasks as labelers give them back: an annotation says the true class, whatever it said before."""
    content = json.loads(tasks.read_text("utf-8"))
    for task in content:
        for annotation in task["annotations"]:
            for region in annotation["result"]:
                region["value"]["choices"] = [true[task["data"]["id"]]]
    answers = tasks.with_name("answers.json")
    answers.write_text(json.dumps(content), "utf-8")
    return answers


def _trained(workspace: Path, scratch: Path) -> Path:
    """The predictions of a linear model on the image vectors with the corrected labels, each out of fold."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    sys.path.insert(0, str(ROOT))
    from explorer import open_workspace
    from explorer.actions.exported_labels import labels_of
    from explorer.data.corrections import CORRECTED

    opened = open_workspace(workspace)
    labels = labels_of(opened, CORRECTED)["label"].reindex(opened.ids).to_numpy(str)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    model = LogisticRegression(C=1.0, max_iter=1000)
    shares = cross_val_predict(model, opened.embeddings("image").vectors, labels, cv=folds, method="predict_proba")
    classes = np.unique(labels)
    said = {"prediction": classes[shares.argmax(axis=1)], "confidence": shares.max(axis=1)}
    file = scratch / "v3.csv"
    pd.DataFrame({"id": opened.ids, **said}).to_csv(file, index=False)
    return file


def told(found: dict[str, Any]) -> list[str]:
    """The figures of both parts in words."""
    rows = {row["value"]: row for row in found["subsets"]}
    lines = []
    for name in (DARK, REST):
        row = rows[name]
        before, after = (
            f"{one['rate']:.3f} ({one['low']:.3f} to {one['high']:.3f})" for one in (row["before"], row["after"])
        )
        change = row["difference"]
        lines.append(
            f"{name}, {row['n']:,} images: v1 {before}, v3 {after}, {change['value']:+.3f} ({change['low']:+.3f} to "
            f"{change['high']:+.3f}), {row['fixed']} fixed, {row['regressed']} regressed, McNemar p = {row['p']:.2g}"
        )
    return lines


def main() -> None:
    """Run the cycle and print its figures."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Path(sys.argv[1]) if sys.argv[1:] else Path(scratch) / "work"
        found = cycle(workspace, Path(scratch))
    print(*told(found), f"{time.perf_counter() - started:.0f} s", sep="\n")


if __name__ == "__main__":
    main()
