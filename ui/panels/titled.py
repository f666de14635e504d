"""Tables under titles: what Qt asks of a head, answered once."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from ui.i18n import Texts

_NOTHING: Mapping[int, str] = MappingProxyType({})


class TitledModel(QAbstractTableModel):
    """Columns with titles in the language chosen; those who inherit tell of lines and cells.

    Parameters
    ----------
    titles : sequence of str
        In English; empty for none.
    explained : mapping
        What pointing at the title of a column tells, in English.
    """

    def __init__(
        self, titles: Sequence[str], texts: Texts, parent: QObject | None = None,
        explained: Mapping[int, str] = _NOTHING,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._titles, self._explained, self._texts = titles, explained, texts

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Give the number of columns."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Give a column's title, and what it means."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts.tr(self._titles[section]) if self._titles[section] else ""
        if role == Qt.ItemDataRole.ToolTipRole and section in self._explained:
            return self._texts.tr(self._explained[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None
