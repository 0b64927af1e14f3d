"""What a tokenizer is kept as: the one file `tokenizer.json` of the `tokenizers` library, which other programs read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TypeVar

from tokenizers import Tokenizer as Fast

FILE = "tokenizer.json"
Stored = TypeVar("Stored", bound="StoredTokenizer")
FromLibrary = TypeVar("FromLibrary", bound="LibraryTokenizer")


class StoredTokenizer(ABC):
    """`save` and `load` keep the one file."""

    @classmethod
    def load(cls: type[Stored], folder: Path) -> Stored:
        return cls.from_json((folder / FILE).read_text(encoding="utf-8"))

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    @abstractmethod
    def from_json(cls: type[Stored], text: str) -> Stored:
        """Raises ValueError for text that no tokenizer of this kind wrote."""

    @abstractmethod
    def to_json(self) -> str:
        """The text of `tokenizer.json`."""

    @abstractmethod
    def __len__(self) -> int: ...


class LibraryTokenizer(StoredTokenizer):
    """A tokenizer that the library holds whole, its `specials` numbered from 0; ValueError for another's."""

    specials: tuple[str, ...]

    def __init__(self, fast: Fast) -> None:
        first = tuple(fast.id_to_token(i) for i in range(len(self.specials)))
        if first != self.specials:
            raise ValueError(f"the first tokens must be {self.specials}, got {first}")
        fast.encode_special_tokens = True  # a special piece typed by somebody is text
        self.fast = fast

    @classmethod
    def from_json(cls: type[FromLibrary], text: str) -> FromLibrary:
        return cls(parsed(text))

    def to_json(self) -> str:
        return str(self.fast.to_str())

    def __len__(self) -> int:
        return int(self.fast.get_vocab_size())


def parsed(text: str) -> Fast:
    """What a `tokenizer.json` holds. Raises ValueError for what is none."""
    try:
        return Fast.from_str(text)
    except Exception as error:  # the library raises nothing narrower
        raise ValueError(f"this is no tokenizer: {error}") from error
