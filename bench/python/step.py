"""The reference step in torch: every weight of the tiny Llama by AdamW, as transformers has it."""

import torch
from common import Clock, arguments, open_model, report, work_of

options = arguments()
work, rows = work_of(options.work)
model = open_model(options.model).train()
settings = work["run"]["optimizer"]
adamw = torch.optim.AdamW(model.parameters(), lr=settings["learning_rate"], weight_decay=0.0, fused=True)
ids = torch.tensor([row["input_ids"] for row in rows])
clock, losses = Clock(), []
for _ in range(options.steps):
    adamw.zero_grad(set_to_none=True)
    loss = model(input_ids=ids, labels=ids).loss
    loss.backward()
    adamw.step()
    losses.append(loss.item())
    clock.tick()
report(clock, losses=losses)
