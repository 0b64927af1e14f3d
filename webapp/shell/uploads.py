"""What visitors bring along, and how much of it may lie in memory."""

from __future__ import annotations

import hashlib
import threading
import weakref
from dataclasses import dataclass

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from engine.errors import Refused

TABLES_IN_ALL = 200 * 2**20  # bytes of the files from which the tables were read
TABLE_TYPES = ["csv", "tsv", "txt", "xlsx", "xls", "ods", "jsonl", "json"]
PICTURES_IN_ALL = 200 * 2**20  # bytes of pictures that visitors have open
MODELS_IN_ALL = 120 * 2**20  # bytes of models that are being looked at
MEGABYTES = 20  # of one file, unless a page says otherwise
LARGEST = MEGABYTES * 2**20


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture as it came; `digest` is the sha256 of its bytes, in hexadecimal digits."""

    name: str
    content: bytes
    digest: str

    @classmethod
    def of(cls, name: str, content: bytes) -> Photo:
        return cls(name, content, hashlib.sha256(content).hexdigest())


def claimed(file: UploadedFile, most: int = LARGEST) -> bytes:
    """The content of an uploaded file, which leaves Streamlit's memory: a page needs it once, when it comes.

    Raises Refused over so many bytes: what the server takes at all is as much as the largest of these limits.
    """
    content = bytes(file.getvalue())
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
    if len(content) > most:
        raise Refused("The file is larger than {limit} MB.", limit=most // 2**20)
    return content


class Ledger:
    """How large that is which pages hold for their visitors; what nobody holds any more counts no longer."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._sizes: weakref.WeakKeyDictionary[object, int] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def enter(self, held: object, size: int) -> None:
        """Raises Refused where all together would pass the limit."""
        with self._lock:
            if sum(self._sizes.values()) + size > self.most:
                raise Refused("Many large files are open here just now; try again in a few minutes.")
            self._sizes[held] = size


tables = Ledger(TABLES_IN_ALL)
pictures = Ledger(PICTURES_IN_ALL)
models = Ledger(MODELS_IN_ALL)
