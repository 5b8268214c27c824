//! An open model: weights, tokenizer and template together.

use temper_protocol::{Failure, FailureKind, ModelInfo};

use crate::device::Compute;
use crate::model::{Decoder, config};
use crate::scores::Normalization;
use crate::text::{NEEDS_TOKENIZER, Text, TextError};
use crate::weights::{ModelFiles, Weights};

/// A model ready to generate and to train.
#[derive(Debug)]
pub struct OpenModel {
    /// The folder or file it came from.
    pub name: String,
    /// Its weights.
    pub decoder: Decoder,
    /// Its tokenizer and template; `None` where there is no tokenizer, which leaves token ids.
    pub text: Option<Text>,
    /// Where it came from.
    pub files: ModelFiles,
    /// Whether training has changed the base weights, so that they must be loaded anew.
    pub changed: bool,
}

impl OpenModel {
    /// Opens a model's files. `progress` hears the share loaded, 0 to 1.
    ///
    /// # Errors
    /// What is wrong with which file, or that a weight is larger than the device can bind.
    pub async fn open(
        files: ModelFiles,
        compute: &Compute,
        mut progress: impl FnMut(f64),
    ) -> Result<Self, Failure> {
        let config = config::load(&files).await?;
        check_limits(&config, compute)?;
        let text = match Text::open(&files, config.vocab_size).await {
            Ok(text) => Some(text),
            Err(TextError::NoTokenizer { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let weights = Weights::open(&files).await?;
        let layers = config.layers as f64;
        let decoder =
            Decoder::load(&weights, config, &compute.device, |done| progress(done as f64 / layers))
                .await?;
        Ok(Self { name: files.name.clone(), decoder, text, files, changed: false })
    }

    /// For people.
    pub fn info(&self) -> ModelInfo {
        let config = &self.decoder.config;
        ModelInfo {
            name: self.name.clone(),
            architecture: config.architecture.name().into(),
            parameters: config.parameters() as f64,
            layers: config.layers as u32,
            hidden_size: config.hidden_size as u32,
            vocab_size: config.vocab_size as u32,
            max_positions: config.max_positions as u32,
            chat_template: self.text.as_ref().is_some_and(Text::has_template),
        }
    }

    /// The tokenizer.
    ///
    /// # Errors
    /// The model came without one.
    pub fn text(&self) -> Result<&Text, Failure> {
        self.text.as_ref().ok_or_else(|| {
            Failure::bad_input(format!(
                "{}: no tokenizer.json, so only token ids can be used",
                self.name
            ))
            .with_hint(NEEDS_TOKENIZER)
        })
    }

    /// The id that rows are padded with; masked everywhere, so any will do.
    pub fn pad_id(&self) -> u32 {
        self.text.as_ref().map_or(0, Text::pad_id)
    }

    /// Ids that end a completion.
    pub fn stop_ids(&self) -> Vec<u32> {
        self.text.as_ref().map_or_else(Vec::new, |text| text.stop_ids().to_vec())
    }

    /// Everything of a model's folder but its weights: what a saved model needs beside them.
    ///
    /// # Errors
    /// A file that can't be read.
    pub async fn companion_files(&self) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        if self.files.gguf().is_some() {
            let text = self.text()?;
            let config = self.decoder.config.to_json(&self.name)?;
            return Ok(vec![
                ("config.json".into(), config.into_bytes()),
                ("tokenizer.json".into(), text.tokenizer_json()?.into_bytes()),
                ("tokenizer_config.json".into(), text.config_json().into_bytes()),
                ("generation_config.json".into(), text.generation_json().into_bytes()),
            ]);
        }
        let mut found = Vec::new();
        for source in self.files.iter() {
            let name = source.name().rsplit('/').next().unwrap_or_default().to_owned();
            let companion =
                [".json", ".jinja", ".txt", ".model"].iter().any(|end| name.ends_with(end));
            // Another run's weights want another scale.
            let own = name.ends_with(".index.json") || name == Normalization::FILE;
            if companion && !own {
                let length = source.len() as usize;
                found.push((name, source.read(0, length).await?));
            }
        }
        Ok(found)
    }
}

fn check_limits(config: &config::DecoderConfig, compute: &Compute) -> Result<(), Failure> {
    // Its bytes may be more than wasm's usize counts.
    let largest = config.vocab_size as f64 * config.hidden_size as f64 * 4.0;
    let limit = compute.info.max_binding_bytes;
    if limit > 0.0 && largest > limit {
        let message = format!(
            "the embedding takes {:.0} MiB, and this GPU binds at most {:.0} MiB at once",
            largest / 1_048_576.0,
            limit / 1_048_576.0
        );
        return Err(Failure::new(FailureKind::OutOfMemory { wanted_bytes: largest }, message)
            .with_hint("choose the CPU, or a smaller model"));
    }
    Ok(())
}
