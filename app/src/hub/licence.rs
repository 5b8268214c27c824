//! Licences by their short names on the hub, and what they mean for somebody who trains a model.
//! Only well-known ones; of any other the name is told.

/// A licence in words.
pub fn words(name: Option<&str>) -> String {
    let Some(name) = name else {
        return "none is named: ask its authors before you use it".into();
    };
    match meaning(name) {
        Some(meaning) => format!("{}: {meaning}", spelled(name)),
        None => format!("{}: read its terms on the model's page", spelled(name)),
    }
}

fn spelled(name: &str) -> String {
    match name {
        "apache-2.0" => "Apache-2.0".into(),
        "mit" => "MIT".into(),
        "unlicense" => "Unlicense".into(),
        _ if name.starts_with("cc") || name.starts_with("bsd") || name.contains("gpl") => {
            name.to_uppercase()
        }
        _ => name.into(),
    }
}

fn meaning(name: &str) -> Option<&'static str> {
    Some(match name {
        "apache-2.0" | "mit" | "bsd-2-clause" | "bsd-3-clause" | "isc" => {
            "use, change and share it, also for money; keep its notice"
        }
        "cc0-1.0" | "unlicense" => "use, change and share it as you like",
        "cc-by-4.0" | "cc-by-3.0" => "use, change and share it; name its authors",
        "cc-by-sa-4.0" | "cc-by-sa-3.0" => {
            "use, change and share it under the same terms; name its authors"
        }
        _ if name.starts_with("cc-by-nc") => "not for money; name its authors",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_licences_are_explained_and_others_named() {
        assert!(words(Some("apache-2.0")).starts_with("Apache-2.0: use, change"));
        assert!(words(Some("cc-by-nc-4.0")).starts_with("CC-BY-NC-4.0: not for money"));
        assert_eq!(words(Some("llama3.2")), "llama3.2: read its terms on the model's page");
        assert!(words(None).contains("ask its authors"));
    }
}
