//! Chat templates, rendered as transformers renders them.
//!
//! Those are Jinja2 with `trim_blocks` and `lstrip_blocks`, loop controls, Python's methods of
//! strings and dictionaries, and a few helpers of transformers' own (see [`super::helpers`]).

use minijinja::{AutoEscape, Environment, Error};
use minijinja_contrib::pycompat::unknown_method_callback;
use serde_json::{Map, Value};

use super::TextError;
use super::helpers::{Date, raise_exception, strftime, tojson};

const NAME: &str = "chat_template";

/// A compiled chat template.
pub(super) struct Template {
    file: String,
    source: String,
    environment: Environment<'static>,
}

impl Template {
    /// Compiles the template that `file` holds.
    pub fn compile(file: &str, source: &str) -> Result<Self, TextError> {
        let mut environment = Environment::new();
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_unknown_method_callback(unknown_method_callback);
        environment.add_filter("tojson", tojson);
        environment.add_function("raise_exception", raise_exception);
        environment
            .add_template_owned(NAME, without_generation_tags(source))
            .map_err(|error| template_error(file, &error))?;
        Ok(Self { file: file.to_string(), source: source.to_string(), environment })
    }

    /// The template as it came.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Defines `strftime_now`. Many templates check whether it is there and have a date of their
    /// own where it isn't, so it is left out until someone knows the date.
    pub fn set_today(&mut self, today: Date) {
        let now = move |format: String| -> Result<String, Error> { strftime(&format, today) };
        self.environment.add_function("strftime_now", now);
    }

    /// Renders it.
    pub fn render(&self, context: &Map<String, Value>) -> Result<String, TextError> {
        let template = self.environment.get_template(NAME);
        template
            .and_then(|template| template.render(context))
            .map_err(|error| template_error(&self.file, &error))
    }
}

fn template_error(file: &str, error: &Error) -> TextError {
    let line = error.line().and_then(|line| u32::try_from(line).ok()).unwrap_or(1);
    let message = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    TextError::Template { file: file.to_string(), line, message }
}

/// `{% generation %}` marks what the assistant says and prints nothing. An `if` that always holds
/// does the same, and keeps the tag's control of white space.
fn without_generation_tags(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let (before, tail) = rest.split_at(start);
        let Some(length) = tail[2..].find("%}") else { break };
        let (tag, after) = tail.split_at(length + 4);
        out.push_str(before);
        let inner = &tag[2..length + 2];
        match inner.trim_matches(|c: char| c == '-' || c == '+' || c.is_whitespace()) {
            "generation" => out.push_str(&tag.replace("generation", "if true")),
            "endgeneration" => out.push_str(&tag.replace("endgeneration", "endif")),
            _ => out.push_str(tag),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn render(source: &str, context: &Value) -> Result<String, TextError> {
        let context = context.as_object().cloned().unwrap_or_default();
        Template::compile("t.jinja", source)?.render(&context)
    }

    #[test]
    fn blocks_are_trimmed_as_jinja2_trims_them() {
        let source = "{% for m in messages %}\n    {% if m.a %}\n[{{ m['a'] }}]\n    {% endif %}\n{% endfor %}\nend\n";
        let context = json!({"messages": [{"a": "x"}, {"b": 1}, {"a": "<&>"}]});
        assert_eq!(render(source, &context).unwrap(), "[x]\n[<&>]\nend");
    }

    #[test]
    fn python_and_loop_controls_work() {
        let source = "{%- set ns = namespace(last=0) -%}
            {%- for m in messages[::-1] -%}
                {%- if loop.index0 == 2 %}{% break %}{% endif -%}
                {%- set ns.last = ns.last + 1 -%}
                {{- m.content.split('|')[-1].strip() + ',' -}}
            {%- endfor -%}
            {{- ns.last }}{{ messages[0].get('x', 'none') }}{% for k, v in messages[0].items() %}{{ k }}{% endfor %}";
        let messages: Vec<Value> =
            ["a", "b", "c| d "].iter().map(|c| json!({"content": c})).collect();
        let context = json!({"messages": messages});
        assert_eq!(render(source, &context).unwrap(), "d,b,2nonecontent");
    }

    #[test]
    fn generation_tags_print_nothing_and_keep_their_dashes() {
        let source = "a {%- generation -%} b {% endgeneration %}\n{% if x %}{%}c";
        assert_eq!(
            without_generation_tags(source),
            "a {%- if true -%} b {% endif %}\n{% if x %}{%}c"
        );
        let rendered = render("a {%- generation -%} b {%- endgeneration %} c", &json!({}));
        assert_eq!(rendered.unwrap(), "ab c");
    }

    #[test]
    fn what_a_template_refuses_is_told_with_its_line() {
        let source = "{% if true %}\n{{ raise_exception('roles must alternate') }}{% endif %}";
        let error = render(source, &json!({})).unwrap_err();
        assert!(matches!(&error, TextError::Template { line: 2, .. }), "{error}");
        assert!(error.to_string().contains("roles must alternate"), "{error}");
        assert!(matches!(render("{% if %}", &json!({})), Err(TextError::Template { .. })));
    }

    #[test]
    fn the_date_is_known_only_once_it_is_set() {
        let source = "{{ strftime_now('%d %b %Y') if strftime_now is defined else 'unknown' }}";
        let mut template = Template::compile("t", source).unwrap();
        assert_eq!(template.render(&Map::new()).unwrap(), "unknown");
        template.set_today((2024, 7, 26));
        assert_eq!(template.render(&Map::new()).unwrap(), "26 Jul 2024");
    }
}
