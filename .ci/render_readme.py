"""Writes README.md from nbs/index.ipynb: `python .ci/render_readme.py`.

Hidden cells, the code of cells marked `echo: false`, directives, picture outputs and messages on stderr are left out; relative links are made to start from the project's root."""
import posixpath, re
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter

ROOT = Path(__file__).resolve().parents[1]
NOTE = "<!-- Generated from nbs/index.ipynb by `python .ci/render_readme.py`: edit the notebook, not this file. -->"
DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*\|[ \t]*(.*?)[ \t]*\n?$")
LINK = re.compile(r"""(\]\(<?|\b(?:src|href)=["'])(?![a-z][a-z0-9+.-]*:|[/#])([^\s)>"']+)""", re.I)  # ](link) or src="link", relative


def from_root(markdown):
    "`markdown` with its links relative to the project's root, instead of to nbs/"
    return LINK.sub(lambda m: m[1] + posixpath.normpath(posixpath.join("nbs", m[2])), markdown)

def text_only(output):
    "`output` without its HTML, or None for a picture or a message on stderr"
    data = output.get("data", {})
    if output.get("name") == "stderr" or any(kind.startswith(("image/", "application/vnd.jupyter.widget")) for kind in data): return None
    for kind in set(data) - {"text/markdown" if "text/markdown" in data else "text/plain"}: del data[kind]
    return output

def shown(cell):
    "`cell` as a reader of the README should see it, or None"
    if cell.cell_type == "markdown": cell.source = from_root(cell.source)
    if cell.cell_type != "code": return cell if cell.cell_type == "markdown" else None  # raw: front matter
    lines = cell.source.splitlines(keepends=True)
    directives = [m[1].replace(" ", "") for m in map(DIRECTIVE.match, lines) if m]
    if "hide" in directives or "include:false" in directives: return None
    cell.source = "".join(line for line in lines if not DIRECTIVE.match(line)).strip("\n")
    cell.outputs = [output for output in map(text_only, cell.outputs) if output]
    if "echo:false" in directives:
        return nbformat.v4.new_markdown_cell("\n\n".join(o["data"].get("text/markdown") or o["data"]["text/plain"] for o in cell.outputs if "data" in o)) if cell.outputs else None
    return cell if cell.source or cell.outputs else None

def render(notebook):
    "The text of README.md"
    nb = nbformat.read(notebook, as_version=4)
    nb.cells = [cell for cell in map(shown, nb.cells) if cell]
    nb.metadata["language_info"] = {"name": "python"}  # nbdev_clean removes it, and the exporter takes the code blocks' language from it
    text, _ = MarkdownExporter().from_notebook_node(nb)
    text = re.sub(r"^[ \t]+$", "", text, flags=re.M)
    return NOTE + "\n\n" + re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


if __name__ == "__main__": (ROOT / "README.md").write_text(render(ROOT / "nbs" / "index.ipynb"), encoding="utf-8", newline="\n")
