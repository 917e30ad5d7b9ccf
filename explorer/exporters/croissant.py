"""Croissant 1.1: JSON-LD that says what the tables and images of a folder are, for the loaders of MLCommons."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from explorer.data.boxes import BOX
from explorer.exporters.folder import FolderFormat
from explorer.exporters.grouped import images_of
from explorer.exporters.parquet_table import write_parquet

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.exporters.grouped import Image, Object
    from explorer.exporters.package import Package

CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "annotation": "cr:annotation",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TEXT, _WHOLE, _NUMBER = "sc:Text", "sc:Integer", "sc:Float"
_DTYPES: dict[str, Any] = {_TEXT: object, _WHOLE: "int64", _NUMBER: "float64"}
_DECIDED = ("tags", "categories", "corrected_label", "verdicts")
_OBJECT = {"id": _TEXT, "image": _TEXT, "label": _TEXT, **dict.fromkeys(BOX, _NUMBER)}
_TABLES: dict[str, dict[str, str]] = {
    "images": {
        **dict.fromkeys(("id", "file", "digest"), _TEXT),
        **dict.fromkeys(("width", "height"), _WHOLE),
        **dict.fromkeys(("split", *_DECIDED), _TEXT),
    },
    "ground_truth": {**_OBJECT, "area": _NUMBER, "crowd": _WHOLE, **dict.fromkeys(_DECIDED, _TEXT)},
    "predictions": {**_OBJECT, "model": _TEXT, "confidence": _NUMBER, **dict.fromkeys(_DECIDED, _TEXT)},
}
"""The columns of each table, each a field of a record set, and their types."""


def write_croissant(package: Package, folder: Path) -> None:
    """Write `images`, `ground_truth` and `predictions` as Parquet, and `croissant.json`, which describes them.

    A label of a whole image is a box of the whole image.
    """
    images = list(images_of(package))
    rows = {
        "images": [{**image._asdict(), **_decided(image)} for image in images],
        "ground_truth": [_row(one, image) for image in images for one in image.labels],
        "predictions": [
            {**_row(one, image), "model": model}
            for image in images
            for model, said in image.predictions.items()
            for one in said
        ],
    }
    digests = {}
    for name, columns in _TABLES.items():
        table = pd.DataFrame(rows[name], columns=list(columns)).astype(
            {each: _DTYPES[columns[each]] for each in columns}
        )
        write_parquet(table.set_index("id"), folder / f"{name}.parquet")
        digests[name] = hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest()
    described = _described(package, digests)
    (folder / "croissant.json").write_text(json.dumps(described, indent=2, ensure_ascii=False), "utf-8")


def _row(one: Object, image: Image) -> dict[str, Any]:
    box = dict(zip(BOX, one.box, strict=True))
    region = {"area": box["width"] * box["height"], "crowd": False} | {**one.facts}
    return {
        "id": one.id,
        "image": image.id,
        "label": one.label,
        "confidence": one.confidence,
        **box,
        "area": region["area"],
        "crowd": int(region["crowd"]),
        **_decided(one),
    }


def _decided(one: Image | Object) -> dict[str, str]:
    """What people said of it; empty text where they did not."""
    said = {name: one.said.get(name, "") for name in _DECIDED}
    return {name: value if isinstance(value, str) else "; ".join(value) for name, value in said.items()}


def _described(package: Package, digests: dict[str, str]) -> dict[str, Any]:
    about = package.about
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": str(about.get("workspace") or "export"),
        "description": f"Images of the workspace {about.get('workspace')}, with labels, predictions and tags.",
        "conformsTo": CONFORMS_TO,
        "creator": {"@type": "sc:Person", "name": str(about.get("exported_by", ""))},
        "datePublished": str(about.get("written_at", ""))[:10],
        "version": "1.0.0",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": f"{name}.parquet",
                "name": f"{name}.parquet",
                "contentUrl": f"{name}.parquet",
                "encodingFormat": "application/x-parquet",
                "sha256": digest,
            }
            for name, digest in digests.items()
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": name,
                "name": name,
                "key": [{"@id": f"{name}/{column}"} for column in ("id", "model") if column in columns],
                "field": [
                    _field(name, column, kind, linked=len(package.images) > 0) for column, kind in columns.items()
                ],
            }
            for name, columns in _TABLES.items()
        ],
    }


def _field(table: str, column: str, kind: str, *, linked: bool) -> dict[str, Any]:
    """A column; that of images refers to their table, which readers cannot join where it is empty."""
    of_image = {"references": {"field": {"@id": "images/id"}}} if column == "image" and linked else {}
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{column}",
        "name": column,
        "dataType": kind,
        "source": {"fileObject": {"@id": f"{table}.parquet"}, "extract": {"column": column}},
        **of_image,
    }


CROISSANT = FolderFormat(write_croissant)
