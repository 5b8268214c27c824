//! Each method's run on the default model, which the form starts from: the same files that the
//! command line trains.

use temper_protocol::Method;

/// The run's file, as messages name it.
pub fn file(method: Method) -> String {
    format!("{}.toml", method.name())
}

/// Its text. Each option has a line of its own, which the form's tests make sure of.
pub fn text(method: Method) -> &'static str {
    match method {
        Method::Sft => include_str!("../../examples/sft.toml"),
        Method::Reward => include_str!("../../examples/reward.toml"),
        Method::Ppo => include_str!("../../examples/ppo.toml"),
        Method::Rloo => include_str!("../../examples/rloo.toml"),
        Method::OnlineDpo => include_str!("../../examples/online_dpo.toml"),
        Method::Dpo => include_str!("../../examples/dpo.toml"),
        Method::Cpo => include_str!("../../examples/cpo.toml"),
        Method::Simpo => include_str!("../../examples/simpo.toml"),
        Method::Orpo => include_str!("../../examples/orpo.toml"),
        Method::Slic => include_str!("../../examples/slic.toml"),
        Method::Spin => include_str!("../../examples/spin.toml"),
        Method::Sppo => include_str!("../../examples/sppo.toml"),
        Method::Kto => include_str!("../../examples/kto.toml"),
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::{ModelConfig, RunConfig};

    use super::*;

    fn parsed(method: Method) -> RunConfig {
        RunConfig::from_toml(&file(method), text(method), &[]).unwrap()
    }

    #[test]
    fn every_example_resolves_and_is_its_methods() {
        for method in Method::ALL {
            let config = parsed(method);
            assert_eq!(config.method, method);
            assert!(config.run_loop.max_steps.is_some() && config.lora.is_some(), "{method:?}");
            assert_eq!(config.score.is_some(), method.is_scored(), "{method:?}");
            config.resolve().unwrap();
        }
    }

    #[test]
    fn the_page_opens_with_the_default_run() {
        let default = include_str!("../../assets/tiny/RUN.toml");
        let mut default = RunConfig::from_toml("RUN.toml", default, &[]).unwrap();
        let example = parsed(Method::Dpo);
        default.model = ModelConfig { path: example.model.path.clone(), adapter: None };
        default.data.train = example.data.train.clone();
        default.data.eval = example.data.eval.clone();
        assert_eq!(example, default);
    }
}
