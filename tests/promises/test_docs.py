"""What the documents say of one another, and of the commands they tell the reader to type."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENTS: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ADR_PARTS: Final = ["Context", "Decision", "Consequences", "What would change our mind"]


def blocks(document: Path, language: str) -> list[str]:
    """Return the document's examples in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(), re.M | re.S)


def test_every_link_between_documents_leads_somewhere() -> None:
    """A document that is renamed takes its links with it."""
    dead = []
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text()):
            if "://" not in target and not (document.parent / target).exists():
                dead.append(f"{document.relative_to(ROOT)}: {target}")

    assert not dead


def test_every_decision_is_listed_and_whole() -> None:
    """A decision is found from ARCHITECTURE.md and says its context, itself, its price and its end, on one page."""
    index = (ROOT / "ARCHITECTURE.md").read_text()
    for decision in sorted((ROOT / "docs" / "adr").glob("*.md")):
        text = decision.read_text()

        assert f"(docs/adr/{decision.name})" in index, decision.name
        assert re.findall(r"^## (.+)$", text, re.M) == ADR_PARTS, decision.name
        assert text.count("\n") <= 60, decision.name


def test_every_python_example_is_python() -> None:
    """An example can at least be compiled; that it works is shown by running it."""
    for document in DOCUMENTS:
        for example in blocks(document, "python"):
            ast.parse(example, filename=document.name)


def test_every_make_target_that_is_named_exists() -> None:
    """`make x` in a document is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    for document in DOCUMENTS:
        commands = "\n".join(blocks(document, "sh") + re.findall(r"`(make [^`\n]+)`", document.read_text()))
        named = set(re.findall(r"\bmake (?:[A-Z]+=\S+ )*([a-z]+)", commands))

        assert named <= targets, document.name


def test_changelog_tells_of_money_first() -> None:
    """Whoever runs a venue reads first what could change a balance."""
    for release in re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(), flags=re.M)[1:]:
        sections = re.findall(r"^### (.+)$", release, re.M)

        assert "Money" not in sections[1:], release.splitlines()[0]
