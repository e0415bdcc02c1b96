"""What every drawn chart must be: well formed, named, harmless, nothing cut off and no words over others."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

from mcp_finance.report import svg

NAMESPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert('x')</script>\x00\u202e&amp;\"'\ud800 ]]> <!-- " + "W" * 90


def rows_of(chart: str) -> list[tuple[float, float, float, float, str]]:
    """The box of every row of text: left, top, right, bottom, content."""
    boxes = []
    for text in ElementTree.fromstring(chart).iter(f"{NAMESPACE}text"):
        size = float(text.get("font-size", ""))
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor", "")]
        for row in text.iter(f"{NAMESPACE}tspan"):
            content = row.text or ""
            width = svg.text_width(content, size, bold=text.get("font-weight") == "bold")
            x, y = float(row.get("x", "")) - share * width, float(row.get("y", ""))
            boxes.append((x, y - 0.75 * size, x + width, y + 0.2 * size, content))
    return boxes


def check(chart: str) -> None:
    """Well formed, named, harmless, every word inside the view, and no two rows of text overlapping."""
    root = ElementTree.fromstring(chart)
    assert root.tag == f"{NAMESPACE}svg"
    assert root.get("role") == "img"
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    assert set(root.get("aria-labelledby", "").split()) <= set(ids)
    tags = {node.tag.removeprefix(NAMESPACE) for node in root.iter()}
    assert tags <= {"svg", "title", "desc", "defs", "pattern", "rect", "line", "path", "polygon", "circle", "g",
                    "text", "tspan"}  # fmt: skip
    assert not any(name.startswith("on") or "href" in name for node in root.iter() for name in node.attrib)
    numbers = re.findall(
        r"(?<![\w#-])(?:nan|inf)(?![\w-])", " ".join(v for n in root.iter() for v in n.attrib.values())
    )
    assert not numbers
    _, _, width, height = (float(part) for part in root.get("viewBox", "").split())
    boxes = rows_of(chart)
    for left, top, right, bottom, content in boxes:
        assert -0.01 <= left <= right <= width + 0.01, content
        assert -0.01 <= top <= bottom <= height + 0.01, content
    for one, other in combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)
