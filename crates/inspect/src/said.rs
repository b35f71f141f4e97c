//! What a file says of itself, in readable form.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::text::{cut, visible};

/// `value` as lines, what is inside of something indented below its name.
pub fn lines(value: &Value, indent: usize) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: &Value| {
        let key = visible(key);
        let _ = match value {
            Value::Object(map) if !map.is_empty() => {
                write!(text, "{:indent$}{key}:\n{}", "", lines(value, indent + 2))
            }
            Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                write!(text, "{:indent$}{key}:\n{}", "", lines(value, indent + 2))
            }
            value => writeln!(text, "{:indent$}{key}: {}", "", short(value)),
        };
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| line(key, value)),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(place, value)| line(&(place + 1).to_string(), value));
        }
        value => text = format!("{:indent$}{}\n", "", short(value)),
    }
    text
}

/// A value on one line.
pub fn short(value: &Value) -> String {
    let text = match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => visible(text),
        value => visible(&value.to_string()),
    };
    cut(&text)
}

/// Each value of `value` by its path, such as `settings.lr` or `environments[1].sha256`.
pub fn by_path(value: &Value) -> BTreeMap<String, Value> {
    let mut paths = BTreeMap::new();
    walk(String::new(), value, &mut paths);
    paths
}

fn walk(path: String, value: &Value, paths: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                walk(format!("{path}{dot}{key}"), value, paths);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (place, value) in items.iter().enumerate() {
                walk(format!("{path}[{}]", place + 1), value, paths);
            }
        }
        value => {
            paths.insert(path, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_inside_is_indented() {
        let said = json!({"a": {"b": 1, "c": [1, 2]}, "d": [{"e\u{1b}": null}], "f": true});
        assert_eq!(
            lines(&said, 2),
            "  a:\n    b: 1\n    c: [1,2]\n  d:\n    1:\n      e\\u{1b}: none\n  f: yes\n"
        );
        let paths: Vec<_> = by_path(&said).into_keys().collect();
        assert_eq!(paths, ["a.b", "a.c[1]", "a.c[2]", "d[1].e\u{1b}", "f"]);
    }
}
