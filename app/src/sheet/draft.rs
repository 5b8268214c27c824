//! A row that is being edited: its texts one by one, or the whole of it as JSON.

use super::cell::{Field, Shape};
use super::row::Row;

/// What is typed, beside what the sheet holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// As the sheet holds it.
    before: Row,
    /// What the texts are typed into.
    base: Row,
    texts: Vec<(Field, String)>,
    label: Option<bool>,
    /// The whole row as typed, instead of the texts.
    json: Option<String>,
}

/// What an editor shows, whatever is typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// Whether the row is edited as JSON.
    pub json: bool,
    /// Texts to type over.
    pub fields: Vec<Field>,
    /// What is shown and can't be typed over.
    pub fixed: Vec<(Field, String)>,
    /// Whether it says if the answer was liked.
    pub label: bool,
}

impl Draft {
    /// The row as it is. One without texts is edited as JSON.
    pub fn of(row: &Row) -> Self {
        let fields = row.shape().fields().iter();
        let texts: Vec<_> =
            fields.filter_map(|&field| Some((field, row.text(field)?.to_string()))).collect();
        let json = texts.is_empty().then(|| row.pretty());
        Self { before: row.clone(), base: row.clone(), texts, label: row.label(), json }
    }

    /// What the sheet holds.
    pub fn before(&self) -> &Row {
        &self.before
    }

    /// What to show.
    pub fn parts(&self) -> Parts {
        let shape = self.base.shape();
        let fixed = |&field: &Field| {
            let cell = self.base.cell(field).filter(|cell| !cell.editable)?;
            Some((field, cell.text))
        };
        Parts {
            json: self.json.is_some(),
            fields: self.texts.iter().map(|(field, _)| *field).collect(),
            fixed: shape.fields().iter().filter_map(fixed).collect(),
            label: shape == Shape::Completion,
        }
    }

    /// A field's text as typed.
    pub fn text(&self, field: Field) -> String {
        let typed = self.texts.iter().find(|(it, _)| *it == field);
        typed.map(|(_, text)| text.clone()).unwrap_or_default()
    }

    /// Takes in what is typed in a field.
    pub fn set(&mut self, field: Field, typed: String) {
        if let Some((_, text)) = self.texts.iter_mut().find(|(it, _)| *it == field) {
            *text = typed;
        }
    }

    /// Whether the answer was liked, as chosen.
    pub fn label(&self) -> Option<bool> {
        self.label
    }

    /// Takes in a choice.
    pub fn set_label(&mut self, label: Option<bool>) {
        self.label = label;
    }

    /// The whole row as typed.
    pub fn json(&self) -> String {
        self.json.clone().unwrap_or_default()
    }

    /// Takes in the whole row.
    pub fn set_json(&mut self, typed: String) {
        self.json = Some(typed);
    }

    /// From texts to JSON, and back where that can be read.
    ///
    /// # Errors
    /// Why it can't.
    pub fn turn_over(&mut self) -> Result<(), String> {
        let row = self.row()?;
        match self.json.take() {
            None => self.json = Some(row.pretty()),
            Some(_) => *self = Self { before: self.before.clone(), ..Self::of(&row) },
        }
        Ok(())
    }

    /// Whether something is typed that the sheet doesn't hold.
    pub fn is_changed(&self) -> bool {
        match &self.json {
            Some(text) => *text != self.before.pretty(),
            // Asked at every letter, and a row may be long: nothing is made for it.
            None => {
                let typed =
                    |(field, text): &(Field, String)| self.base.text(*field) != Some(text.as_str());
                self.texts.iter().any(typed)
                    || self.label != self.base.label()
                    || !self.base.is_same(&self.before)
            }
        }
    }

    /// The row as typed.
    ///
    /// # Errors
    /// What is wrong with its JSON.
    pub fn row(&self) -> Result<Row, String> {
        if let Some(text) = &self.json {
            let row = Row::of_text(text);
            return match &row.problem {
                Some(problem) => Err(format!("This is {problem}.")),
                None => Ok(row),
            };
        }
        let mut row = self.base.clone();
        row.problem = None;
        for (field, text) in &self.texts {
            row.set(*field, text);
        }
        row.set_label(self.label);
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn what_nobody_typed_over_stays_as_it_came() {
        let row = Row::of_text(
            r#"{"prompt":"p","chosen":[{"role":"assistant","content":"c"}],"rejected":"r","x":[1]}"#,
        );
        let mut draft = Draft::of(&row);
        assert!(!draft.is_changed());
        draft.set(Field::Chosen, "d".into());
        assert!(draft.is_changed());
        let expected = row.line().replace("\"c\"", "\"d\"");
        assert_eq!(draft.row().map(|row| row.line()), Ok(expected));
    }

    #[test]
    fn a_broken_row_is_edited_as_text_until_it_is_json() {
        let mut draft = Draft::of(&Row::of_text("{\"prompt\":\"x\","));
        assert!(draft.parts().json && !draft.is_changed());
        assert!(draft.row().is_err_and(|words| words.contains("not valid JSON")));
        draft.set_json("[1]".into());
        assert!(draft.row().is_err_and(|words| words.contains("object")));
        draft.set_json("{\"prompt\":\"x\"}".into());
        assert_eq!(draft.row().map(|row| row.line()), Ok("{\"prompt\":\"x\"}".to_string()));
    }

    #[test]
    fn texts_and_json_are_two_views_of_one_draft() {
        let mut draft = Draft::of(&Row::new(json!({"prompt": "p", "completion": "c"})));
        draft.set(Field::Prompt, "q".into());
        draft.set_label(Some(true));
        assert_eq!(draft.turn_over(), Ok(()));
        let expected = json!({"prompt": "q", "completion": "c", "label": true});
        assert_eq!(serde_json::from_str::<Value>(&draft.json()).ok(), Some(expected));
        draft.set_json(r#"{"prompt":"q","completion":"d","label":true}"#.into());
        assert_eq!(draft.turn_over(), Ok(()));
        assert_eq!((draft.text(Field::Completion).as_str(), draft.label()), ("d", Some(true)));
        assert!(draft.is_changed());
        assert_eq!(draft.before().line(), r#"{"prompt":"p","completion":"c"}"#);
    }
}
