"""Whether a JSON value has the form that is expected of it."""

from __future__ import annotations

from typing import Any

_NAMES = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def misfit(value: object, shape: Any, at: str = "") -> str:
    """Where `value` is not of `shape`, and what was expected there; "" if it is of it.

    A shape is a type (`float` takes whole numbers too); `{"name": shape, …}` for an object that
    has these keys; `{str: shape}` for one of any keys; `[shape]` for a list of any length,
    `[shape, shape, …]` for one of just these; `(shape, …)` for any of several. `at` is put
    before what is said.

    >>> misfit({"pages": [1, "2"]}, {"pages": [int]})
    'pages[1]: expected a whole number, found a text'
    """
    if isinstance(shape, tuple):
        misfits = [misfit(value, one, at) for one in shape]
        return "" if "" in misfits else misfits[0]
    kind = shape if isinstance(shape, type) else type(shape)
    if not _is(value, kind):
        expected, found = _NAMES[kind], _NAMES.get(type(value), type(value).__name__)
        return f"{at}: expected {expected}, found {found}" if at else f"expected {expected}"
    if isinstance(shape, list):
        assert isinstance(value, list)
        shapes = shape * len(value) if len(shape) == 1 else shape
        if len(shapes) != len(value):
            return f"{at or 'it'} has {len(value)} parts, expected {len(shapes)}"
        parts = (
            (f"{at}[{number}]", *pair)
            for number, pair in enumerate(zip(value, shapes, strict=True))
        )
    elif isinstance(shape, dict):
        assert isinstance(value, dict)
        wanted = dict.fromkeys(value, shape[str]) if str in shape else shape
        if missing := [key for key in wanted if key not in value]:
            return f"{at or 'it'} has no {', '.join(missing)}"
        parts = ((f"{at}.{key}" if at else key, value[key], one) for key, one in wanted.items())
    else:
        return ""
    return next((wrong for where, one, form in parts if (wrong := misfit(one, form, where))), "")


def _is(value: object, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, int | float if kind is float else kind)
