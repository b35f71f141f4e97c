//! JSON objects in which a key stands twice. Readers differ in which of the two they take, so a file that has one says two
//! things at once.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Longer keys are cut in messages.
const LONGEST: usize = 100;

/// Whether no object in `json`, at any depth, has a key twice.
///
/// # Errors
/// Names the first such key; also where `json` is not JSON.
pub fn refuse(json: &[u8]) -> serde_json::Result<()> {
    serde_json::from_slice::<Unique>(json).map(drop)
}

/// Any value, of which only the keys are looked at.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Unique, S::Error> {
        while items.next_element::<Unique>()?.is_some() {}
        Ok(Unique)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Unique, M::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<Unique>()?;
            let shown: String = key.chars().take(LONGEST).collect();
            if !keys.insert(key) {
                return Err(M::Error::custom(format_args!(
                    "the key {shown} stands there twice"
                )));
            }
        }
        Ok(Unique)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_found_at_any_depth() {
        refuse(br#"{"a":[1,-2,0.5,true,null,"s",{"a":{}}],"b":{"a":1}}"#).unwrap();
        for (json, key) in [
            (r#"{"a":1,"b":2,"a":1}"#, "the key a stands there twice"),
            (r#"[{"x":{"k":1,"k":{}}}]"#, "the key k stands there twice"),
            // The same key in other characters.
            (r#"{"a":1,"\u0061":1}"#, "the key a stands there twice"),
        ] {
            let error = refuse(json.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
        let long = format!(r#"{{"{0}":1,"{0}":1}}"#, "k".repeat(10_000));
        assert!(refuse(long.as_bytes()).unwrap_err().to_string().len() < 200);
        assert!(refuse(b"{").is_err());
    }
}
