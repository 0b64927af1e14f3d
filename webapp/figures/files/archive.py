"""Many files as one ZIP archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence

# Archives of the same files are the same bytes; a ZIP knows no earlier day.
MADE = (1980, 1, 1, 0, 0, 0)


def archived(files: Sequence[tuple[str, Callable[[], str | bytes]]]) -> bytes:
    """Each file under its name, made here."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, make in files:
            archive.writestr(zipfile.ZipInfo(name, MADE), make(), zipfile.ZIP_DEFLATED)
    return content.getvalue()
