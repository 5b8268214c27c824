"""What the peers in Python share: their arguments, the work's files, and the line they print."""

import argparse
import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path

# Nothing is fetched: all files are here.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# The contenders of this place compute on the CPU.
os.environ["CUDA_VISIBLE_DEVICES"] = ""
warnings.simplefilter("ignore")

import torch  # noqa: E402
import transformers  # noqa: E402

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


def arguments():
    """`--work DIR --model PATH --steps N`"""
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    return parser.parse_args()


def work_of(folder):
    """The work's description and its rows."""
    work = json.loads((folder / "work.json").read_text())
    rows = [json.loads(line) for line in (folder / work["rows"]).read_text().splitlines()]
    return work, rows


def open_model(path):
    """A model in f32 from a folder, or from one GGUF by transformers' own reader."""
    place = {"gguf_file": path.name} if path.suffix == ".gguf" else {}
    folder = path.parent if place else path
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **place)
    # The weights are plain f32 by now; that they once were quantised must not stop training.
    model.hf_quantizer, model.is_quantized = None, False
    return model


class Clock:
    """Seconds from one tick to the next."""

    def __init__(self):
        self.began = time.perf_counter()
        self.secs = []

    def start(self):
        self.began = time.perf_counter()

    def tick(self):
        now = time.perf_counter()
        self.secs.append(now - self.began)
        self.began = now


def report(clock, **found):
    """Prints the one line that the bench reads."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    threads = torch.get_num_threads()
    device = f"torch {torch.__version__.split('+')[0]}, {threads} threads"
    print(json.dumps({"secs": clock.secs, "device": device, "host_bytes": peak, **found}))
