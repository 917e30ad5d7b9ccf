"""Parquet: the table with the vectors of its rows, and in detection the boxes beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import ExportError
from explorer.exporters.csv_table import BOXES, beside, box_rows
from explorer.exporters.package import Written, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from explorer.data.records import Float32
    from explorer.exporters.package import Package

EMBEDDING = "embedding"


def export_parquet(package: Package, path: Path) -> Written:
    """Write the members with `embedding`, float32 vectors as lists of one length, and a manifest beside them.

    Raises:
        ExportError: something else is there, or the place cannot be written.
    """
    if path.exists():
        raise ExportError(f"Expected a new file, found something at {path}. Choose another --out.")
    if package.has_boxes:
        write_whole(beside(path, f"{BOXES}{path.suffix}"), lambda file: write_parquet(box_rows(package), file))
    write_whole(beside(path), lambda file: file.write_text(package.manifest(), "utf-8"))
    write_whole(path, lambda file: write_parquet(package.table, file, package.vectors()))
    return Written(path, len(package.table))


def write_parquet(table: pd.DataFrame, path: Path, vectors: Float32 | None = None) -> None:
    """Write a table with its index as `id`, and the vectors of its rows, where there are any, as lists."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = table.rename_axis("id").reset_index()
    held = pa.Table.from_pandas(_of_one_kind(plain), preserve_index=False)
    if vectors is not None and vectors.shape[1]:
        known = ~np.isnan(vectors).any(axis=1)
        flat = pa.array(np.ascontiguousarray(vectors, np.float32).ravel())
        lists = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1], mask=pa.array(~known))
        held = held.append_column(EMBEDDING if EMBEDDING not in held.column_names else f"{EMBEDDING}_vector", lists)
    pq.write_table(held, path)


def _of_one_kind(table: pd.DataFrame) -> pd.DataFrame:
    """Columns whose values are of several kinds as text, which is what a column of Parquet can hold."""
    mixed = [name for name in table if table[name].dtype == object and len(set(map(type, table[name].dropna()))) > 1]
    return table.assign(**{str(name): table[name].where(table[name].isna(), table[name].astype(str)) for name in mixed})
