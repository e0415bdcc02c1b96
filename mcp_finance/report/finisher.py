"""The last touches to a workbook's file: the cells, alternative text of charts, no clock.

openpyxl stamps the time into the file and leaves charts without a description. This rewrites the archive: each sheet
gets its cells, each chart its description, and nothing in the file depends on when it was written.
`SOURCE_DATE_EPOCH` sets the document's date; without it there is none.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import canonicalize
from xml.sax.saxutils import quoteattr

from mcp_finance.report.sheet_data import SheetData

_CELLS = re.compile(r"<sheetData ?/>|<sheetData>.*?</sheetData>", re.DOTALL)
_SHEET = re.compile(r'<sheet [^>]*?name="([^"]+)"[^>]*?r:id="([^"]+)"')
_TARGET = re.compile(r"<Relationship [^>]*?>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_CHART = re.compile(r'<(xdr:)?cNvPr id="(\d+)" name="([^"]*)"></\1?cNvPr>')
_DATES = re.compile(r"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def finish(content: bytes, sheets: Mapping[str, SheetData], charts: Sequence[Sequence[str]]) -> bytes:
    """The workbook with the cells of each sheet in place and the charts described, sheet by sheet in their order."""
    source = zipfile.ZipFile(io.BytesIO(content))
    parts = {name: _canonical(source.read(name)) for name in source.namelist()}
    files = _sheet_files(parts)
    for sheet, data in sheets.items():
        before, after = _CELLS.split(parts[files[sheet]].decode(), maxsplit=1)
        parts[files[sheet]] = (before + data.xml() + after).encode()
    for number, described in enumerate(charts, 1):
        name = f"xl/drawings/drawing{number}.xml"
        if name in parts:
            parts[name] = _with_descriptions(parts[name].decode(), described).encode()
    parts["docProps/core.xml"] = _dated(parts["docProps/core.xml"].decode()).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(parts, key=lambda n: (n != "[Content_Types].xml", n)):
            archive.writestr(zipfile.ZipInfo(name, ZIP_DATE), parts[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _canonical(part: bytes) -> bytes:
    """The part in canonical XML: openpyxl writes through lxml where that is installed, with other spelling."""
    return (HEAD + canonicalize(part.decode())).encode()


def _sheet_files(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The archive's file for each sheet name."""
    targets = {}
    for relation in _TARGET.findall(parts["xl/_rels/workbook.xml.rels"].decode()):
        found = dict(_ATTRIBUTE.findall(relation))
        targets[found["Id"]] = "xl/" + found["Target"].removeprefix("/xl/").removeprefix("xl/")
    return {name: targets[rid] for name, rid in _SHEET.findall(parts["xl/workbook.xml"].decode())}


def _with_descriptions(drawing: str, charts: Sequence[str]) -> str:
    def described(found: re.Match[str]) -> str:
        prefix, number, name = found.groups()
        text = charts[int(number) - 1] if int(number) - 1 < len(charts) else name
        return f'<{prefix or ""}cNvPr id="{number}" name={quoteattr(name)} descr={quoteattr(text)}/>'

    return _CHART.sub(described, drawing)


def _dated(core: str) -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch.isdigit():
        return _DATES.sub("", core)
    stamp = datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _DATES.sub(rf'<dcterms:\1 xsi:type="dcterms:W3CDTF">{stamp}</dcterms:\1>', core)
