"""The types of the columns of summaries and conversations: Arrow's, as those of texts are."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from pandas.api.types import pandas_dtype

TEXT = pandas_dtype("utf8[pyarrow]")
COUNT = pandas_dtype("int64[pyarrow]")
SHARE = pandas_dtype("double[pyarrow]")
TIME = pandas_dtype("timestamp[ms, tz=UTC][pyarrow]")
DAY = pandas_dtype("date32[day][pyarrow]")
DURATION = pandas_dtype("duration[ms][pyarrow]")


def typed(columns: Mapping[Any, tuple[Any, Any]]) -> pd.DataFrame:
    """Make a table of values and the types that its columns have, also when it is empty.

    Parameters
    ----------
    columns : mapping of str to (array, dtype)
        Values and type of each column, in their order.

    Returns
    -------
    pandas.DataFrame
        With an index that counts from 0.
    """
    return pd.DataFrame({name: _column(values, kind) for name, (values, kind) in columns.items()})


def _column(values: Any, kind: Any) -> pd.Series:
    column = pd.Series(getattr(values, "array", values))  # without the index
    if column.dtype.kind == "M" and kind == TIME and column.dt.tz is None:
        column = column.dt.tz_localize("UTC")
    return column.astype(kind)
