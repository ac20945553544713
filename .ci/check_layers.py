"""The one rule for imports: `python .ci/check_layers.py [ROOT]`; `--self-test` checks the checker.

The tens digit of a chapter's number is its layer. The module that it exports may import from pose_nb only modules of a lower layer,
and the peers that SAME_LAYER names. Also: no star import in exported code, no module without a chapter, nothing exported from anywhere but
`nbs/NN_name.ipynb`. Prints one line for each violation, `file:line: what is wrong`, and exits with 1 if there is any."""
import ast, json, re, sys, tempfile
from pathlib import Path

PACKAGE = "pose_nb"
GENERATED = {"__init__", "_modidx"}  # written by nbdev, not by a chapter
SAME_LAYER = {  # module: the peers of its own layer that it may import
    "plot": {"skeleton"},
    "pose_prior": {"sample"},
    "body": {"sample", "pose_prior"},
    "render": {"sample", "pose_prior", "body"},
    "synthetic": {"sample", "pose_prior", "body", "render"},
    "mocap": {"sample", "pose_prior"},
    "hourglass": {"heatmap_net"},
    "pose_net": {"heatmap_net", "lifter"},
    "training": {"losses"},
    "lifting": {"losses", "training"},
    "scenarios": {"losses", "training", "lifting"},
    "recipe": {"training", "lifting", "scenarios"},
    "trials": {"training"},
    "search": {"training"},
    "files": {"inference"},
    "cli": {"inference", "files"},
}
CHAPTER = re.compile(r"(\d\d)_([a-z][a-z0-9_]*)\.ipynb")
DIRECTIVE = re.compile(r"\s*#\s*\|\s*(default_exp|exporti|exports|export|exportd|exec_export)\b[:\s]*(\S*)")


def notebooks(root):
    "Every notebook that nbdev looks at, sorted"
    for path in sorted((root / "nbs").rglob("*.ipynb")):
        if not any(part[0] in "._" for part in path.relative_to(root).parts): yield path

def directives(path):
    "`(line in the file, name, argument)` of each directive in the code cells of a notebook that has to do with exporting"
    text = path.read_text(encoding="utf-8")
    nb, lines, line = json.loads(text), text.splitlines(), 0
    hoisted = nb.get("metadata", {}).get("nbdev", {}).get("default_exp")
    if hoisted: yield 1, "default_exp", hoisted
    for cell in nb["cells"]:
        if cell["cell_type"] != "code": continue
        for source in "".join(cell["source"]).splitlines():
            match = DIRECTIVE.match(source)
            if not match: continue
            written = json.dumps(source, ensure_ascii=False)[1:-1]
            line = next((n for n in range(line + 1, len(lines) + 1) if written in lines[n - 1]), max(line, 1))
            yield line, match[1], match[2]

def read_chapters(root):
    "`({module: number}, violations)` from the notebooks' names and their `default_exp`"
    numbers, wrong = {}, []
    for path in notebooks(root):
        where, chapter = path.relative_to(root).as_posix(), CHAPTER.fullmatch(path.name)
        found = list(directives(path))
        if not found: continue
        if path.parent != root / "nbs" or not chapter:
            wrong += [f"{where}:{line}: `#| {name}` in a notebook that is not a chapter (nbs/NN_name.ipynb)" for line, name, _ in found]
            continue
        modules = [(line, module) for line, name, module in found if name == "default_exp"]
        if not modules: wrong.append(f"{where}:{found[0][0]}: exports, but names no module: `#| default_exp {chapter[2]}` is missing")
        for line, module in modules:
            if module != chapter[2]: wrong.append(f"{where}:{line}: exports to `{module}`, but its name says `{chapter[2]}`")
            elif module in numbers: wrong.append(f"{where}:{line}: a second chapter for `{module}`, after number {numbers[module]:02d}")
            else: numbers[module] = int(chapter[1])
    return numbers, wrong

def imports(tree, modules):
    "`(line, module of the package or None, star)` of each import statement, wherever it stands, in functions too"
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in (alias.name.split(".") for alias in node.names):
                if name[0] == PACKAGE and len(name) > 1: yield node.lineno, name[1], False
        elif isinstance(node, ast.ImportFrom):
            star, path = node.names[0].name == "*", (node.module or "").split(".")
            if node.level: path = [PACKAGE, *filter(None, path)]
            if path[0] != PACKAGE: yield node.lineno, None, star
            elif len(path) > 1: yield node.lineno, path[1], star
            else:  # from pose_nb import module, or a name of __init__.py
                for alias in node.names: yield node.lineno, alias.name if alias.name in modules else None, star

def check(root):
    "All violations under `root`"
    numbers, wrong = read_chapters(root)
    for path in sorted((root / PACKAGE).rglob("*.py")):
        where, name = path.relative_to(root).as_posix(), ".".join(path.relative_to(root / PACKAGE).with_suffix("").parts)
        if name in GENERATED: continue
        if name not in numbers:
            wrong.append(f"{where}:1: no chapter nbs/NN_{name}.ipynb exports this module")
            continue
        layer = numbers[name] // 10
        for line, other, star in sorted(set(imports(ast.parse(path.read_text(encoding="utf-8")), numbers)), key=lambda found: (found[0], str(found[1]))):
            if star: wrong.append(f"{where}:{line}: star import")
            if other is None or other == name: continue
            if other not in numbers: wrong.append(f"{where}:{line}: `{name}` imports `{other}`, which no chapter exports")
            elif numbers[other] // 10 > layer:
                wrong.append(f"{where}:{line}: `{name}` (layer {layer}) imports `{other}` of the higher layer {numbers[other] // 10}")
            elif numbers[other] // 10 == layer and other not in SAME_LAYER.get(name, ()):
                wrong.append(f"{where}:{line}: `{name}` imports `{other}` of its own layer {layer}, which SAME_LAYER in .ci/check_layers.py does not allow")
    wrong += [f"nbs/{n:02d}_{name}.ipynb:1: {PACKAGE}/{name}.py is missing: run nbdev_export"
              for name, n in numbers.items() if not (root / PACKAGE / f"{name}.py").exists()]
    return wrong


def self_test():
    "Builds small trees, each with one thing wrong, and asserts that it is found, and found alone"
    def notebook(*cells): return json.dumps({"cells": [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells], "metadata": {}}, indent=1)
    def chapter(name): return notebook(f"#| default_exp {name}", "#| export\nx = 1", "x  # a lesson")
    good = {f"nbs/{number}_{name}.ipynb": chapter(name) for number, name in
            [("00", "skeleton"), ("01", "camera"), ("02", "plot"), ("10", "sample"), ("13", "render"), ("14", "synthetic"), ("20", "heatmaps")]}
    good |= {f"{PACKAGE}/{Path(path).stem[3:]}.py": "import torch\n" for path in good}
    good |= {f"{PACKAGE}/__init__.py": '__version__ = "0"\n', f"{PACKAGE}/_modidx.py": "d = {}\n", "nbs/index.ipynb": notebook("#| hide\nfrom pose_nb.plot import *"),
             "nbs/experiments/01_a.ipynb": notebook("import pose_nb.plot", "x = '#| export'"), "nbs/.ipynb_checkpoints/00_skeleton.ipynb": chapter("skeleton"),
             f"{PACKAGE}/plot.py": "from .skeleton import x\n", f"{PACKAGE}/synthetic.py": "def f():\n    from .render import x\nfrom pose_nb import __version__, camera\n"}
    cases = [  # (what is caught, changed files, how the one line must start, what it must say); None removes a file
        ("nothing in a good tree", {}, None, ""),
        ("higher layer, relative", {"pose_nb/camera.py": "import torch\nfrom .sample import x\n"}, "pose_nb/camera.py:2:", "higher layer 1"),
        ("higher layer, absolute", {"pose_nb/camera.py": "from pose_nb.sample import x\n"}, "pose_nb/camera.py:1:", "higher layer 1"),
        ("higher layer, import as", {"pose_nb/camera.py": "import pose_nb.heatmaps as h\n"}, "pose_nb/camera.py:1:", "higher layer 2"),
        ("higher layer, from the package", {"pose_nb/camera.py": "from pose_nb import sample\n"}, "pose_nb/camera.py:1:", "higher layer 1"),
        ("higher layer, from dot", {"pose_nb/camera.py": "from . import sample\n"}, "pose_nb/camera.py:1:", "higher layer 1"),
        ("higher layer, inside a function", {"pose_nb/camera.py": "def f():\n    if 1:\n        from .sample import x\n"}, "pose_nb/camera.py:3:", "higher layer 1"),
        ("peer that the table does not name", {"pose_nb/skeleton.py": "from .camera import x\n"}, "pose_nb/skeleton.py:1:", "own layer 0"),
        ("peer, the wrong way round", {"pose_nb/render.py": "from .synthetic import x\n"}, "pose_nb/render.py:1:", "own layer 1"),
        ("star import, own package", {"pose_nb/plot.py": "from .skeleton import *\n"}, "pose_nb/plot.py:1:", "star import"),
        ("star import, another package", {"pose_nb/plot.py": "\nfrom fastai.vision.all import *\n"}, "pose_nb/plot.py:2:", "star import"),
        ("import of an unknown module", {"pose_nb/plot.py": "from .nowhere import x\n"}, "pose_nb/plot.py:1:", "no chapter exports"),
        ("module without a notebook", {"pose_nb/utils.py": ""}, "pose_nb/utils.py:1:", "no chapter"),
        ("module in a sub-package", {"pose_nb/sub/utils.py": ""}, "pose_nb/sub/utils.py:1:", "no chapter"),
        ("notebook without its module", {"pose_nb/heatmaps.py": None}, "nbs/20_heatmaps.ipynb:1:", "run nbdev_export"),
        ("exporting experiment", {"nbs/experiments/02_b.ipynb": notebook("x = 1", "#| export\ny = 1")}, "nbs/experiments/02_b.ipynb:12:", "not a chapter"),
        ("exporting solution", {"nbs/solutions/00_skeleton.ipynb": notebook("#|default_exp answers")}, "nbs/solutions/00_skeleton.ipynb:6:", "not a chapter"),
        ("exporting index", {"nbs/index.ipynb": notebook("#| exporti\nx = 1")}, "nbs/index.ipynb:6:", "not a chapter"),
        ("default_exp in the metadata", {"nbs/tour.ipynb": json.dumps({"cells": [], "metadata": {"nbdev": {"default_exp": "tour"}}})}, "nbs/tour.ipynb:1:", "not a chapter"),
        ("export without default_exp", {"nbs/03_more.ipynb": notebook("#| export\nx = 1")}, "nbs/03_more.ipynb:6:", "names no module"),
        ("name and default_exp differ", {"nbs/03_more.ipynb": notebook("#| default_exp less")}, "nbs/03_more.ipynb:6:", "its name says `more`"),
        ("two chapters for a module", {"nbs/03_camera.ipynb": chapter("camera")}, "nbs/03_camera.ipynb:6:", "a second chapter"),
    ]
    for what, changes, start, says in cases:
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**good, **changes}.items():
                path = Path(root, path)
                path.parent.mkdir(parents=True, exist_ok=True)
                if text is not None: path.write_text(text, encoding="utf-8")
            found = check(Path(root))
        if start is None: assert not found, (what, found)
        else: assert len(found) == 1 and found[0].startswith(start) and says in found[0], (what, found)
    print(f"layer check: {len(cases)} self-tests passed")


def main(args):
    if args == ["--self-test"]: return self_test()
    root = Path(args[0]) if args else Path(__file__).resolve().parents[1]
    if not (root / "nbs").is_dir(): sys.exit(f"{root}: no folder nbs/ there")
    wrong = check(root)
    print("\n".join(wrong) if wrong else f"layer check: {len(read_chapters(root)[0])} modules keep the rule")
    sys.exit(bool(wrong))


if __name__ == "__main__": main(sys.argv[1:])
