"""Everything about the package is said in pyproject.toml (generated from settings.ini), except one thing that it cannot say:
the trained weights live in `data/weights`, beside the package, and a wheel has to carry them inside it, in `pose_nb/data/weights`."""
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class build_py_with_weights(build_py):
    "Copies `data/weights/*.safetensors` into the built package. An editable install uses the files where they are."

    def run(self):
        super().run()
        if self.editable_mode: return
        inside = Path(self.build_lib, "pose_nb", "data", "weights")
        shutil.rmtree(inside, ignore_errors=True)  # build/ may hold the weights of an earlier build
        self.mkpath(str(inside))
        for weights in sorted(Path("data/weights").glob("*.safetensors")): self.copy_file(str(weights), str(inside / weights.name))


setup(cmdclass={"build_py": build_py_with_weights})
