"""Everything about the package is said in pyproject.toml (generated from settings.ini), except one thing that it cannot say:
the trained weights and what the renderer needs live in `data`, beside the package, and a wheel has to carry them inside it, in `pose_nb/data`."""
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class build_py_with_data(build_py):
    "Copies `data/weights` and `data/synthetic` into the built package. An editable install uses the files where they are."

    def run(self):
        super().run()
        if self.editable_mode: return
        inside = Path(self.build_lib, "pose_nb", "data")
        shutil.rmtree(inside, ignore_errors=True)  # build/ may hold the files of an earlier build
        for pattern in ("weights/*.safetensors", "synthetic/*.npz", "synthetic/backgrounds/*.jpg"):
            for file in sorted(Path("data").glob(pattern)):
                there = inside / file.relative_to("data")
                self.mkpath(str(there.parent))
                self.copy_file(str(file), str(there))


setup(cmdclass={"build_py": build_py_with_data})
