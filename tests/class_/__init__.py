"""The class: its files are scripts in a folder that no package can be called after."""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".class"
sys.path.insert(0, str(FOLDER))
