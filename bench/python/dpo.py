"""DPO of a LoRA adapter by TRL and peft, on rows that are token ids already."""

import tempfile

import datasets
import peft
import transformers
import trl
from common import Clock, arguments, open_model, report, work_of

datasets.disable_progress_bars()
options = arguments()
work, rows = work_of(options.work)
run = work["run"]
clock = Clock()


class Ticks(transformers.TrainerCallback):
    """A step lasts from the end of the one before to its own."""

    def on_train_begin(self, *_, **__):
        clock.start()

    def on_step_end(self, *_, **__):
        clock.tick()


class IdTrainer(trl.DPOTrainer):
    """Takes the rows as they are."""

    def _prepare_dataset(self, dataset, *_):
        return dataset


projections = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
lora = peft.LoraConfig(
    r=run["lora"]["r"], lora_alpha=run["lora"]["alpha"], target_modules=projections, task_type="CAUSAL_LM"
)
with tempfile.TemporaryDirectory() as folder:
    settings = trl.DPOConfig(
        output_dir=folder,
        max_steps=options.steps,
        per_device_train_batch_size=run["loop"]["batch_size"],
        learning_rate=run["optimizer"]["learning_rate"],
        lr_scheduler_type="constant",
        max_grad_norm=0.0,
        max_length=run["data"]["max_length"],
        # Temper keeps all activations too, and computes in f32.
        gradient_checkpointing=False,
        bf16=False,
        use_cpu=True,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        options.model.parent, gguf_file=options.model.name
    )
    trainer = IdTrainer(
        model=open_model(options.model),
        args=settings,
        train_dataset=datasets.Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=[Ticks()],
    )
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.train()
losses = [line["loss"] for line in trainer.state.log_history if "loss" in line]
report(clock, losses=losses)
