"""Only the store's process loads the engine; who writes or asks loads nothing but the standard library."""

from __future__ import annotations

import ast
import subprocess
import sys

from up.processes import SOURCE, environment


def test_one_module_imports_the_engine() -> None:
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in (SOURCE / "simpul").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
        if name.partition(".")[0] == "chdb"
    }
    assert found == {"simpul/engines/chdb.py"}


def test_writers_and_readers_load_neither_the_engine_nor_arrays_of_others() -> None:
    code = "import sys, simpul.store.samples, simpul.store.note; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    ).stdout.split()
    assert "simpul.store.client" in loaded
    assert not {"chdb", "pyarrow", "numpy", "django", "h11", "simpul.engines.chdb"} & set(loaded)


def test_the_store_runs_without_pandas_and_pyarrow() -> None:
    """The engine's package asks for both; the lists of packages leave them out."""
    lists = SOURCE.parent / "requirements"
    for name in ("run.txt", "test.txt", "dev.txt"):
        packages = {line.partition("==")[0] for line in (lists / name).read_text(encoding="utf-8").splitlines()}
        assert "chdb-core" in packages
        assert not {"pandas", "pyarrow"} & packages, name
