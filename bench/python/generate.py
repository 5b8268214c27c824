"""Greedy generation of a batch by transformers, with its KV cache."""

import torch
from common import Clock, arguments, open_model, report, work_of

options = arguments()
work, rows = work_of(options.work)
model = open_model(options.model).eval()
# No token ends a completion: all are of one length.
model.generation_config.eos_token_id = None
prompts = torch.tensor([row["prompt_ids"] for row in rows])
settings = {"max_new_tokens": work["new_tokens"], "do_sample": False, "pad_token_id": 0}
clock = Clock()
with torch.inference_mode():
    for _ in range(options.steps):
        found = model.generate(prompts, attention_mask=torch.ones_like(prompts), **settings)
        clock.tick()
report(clock, ids=found[:, prompts.shape[1] :].tolist())
