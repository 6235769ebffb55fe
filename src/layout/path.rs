//! Paths in XML: `shippingInfo/postalAddress/name`, `@attr`, `charge[chargeType=PRODUCT]/amount`.
//!
//! A predicate selects when reading and creates when writing, so one path serves both ways.

/// A path from a document or line element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The elements on the way.
    pub steps: Vec<Step>,
    /// The attribute at the end, if it is one.
    pub attribute: Option<String>,
}

/// One element on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name, with the prefix if one was given.
    pub name: String,
    /// Child or attribute (with `@`) that must have a value.
    pub predicate: Option<(String, String)>,
}

impl Step {
    /// The name without its prefix.
    #[must_use]
    pub fn local(&self) -> &str {
        local(&self.name)
    }
}

/// A name without its prefix.
#[must_use]
pub fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut path = Self { steps: Vec::new(), attribute: None };
        for part in split(text) {
            if path.attribute.is_some() {
                return Err(format!("an attribute only at the end of {text}"));
            }
            match part.strip_prefix('@') {
                Some(name) => path.attribute = Some(name.to_owned()),
                None => path.steps.push(step(part)?),
            }
        }
        if path.steps.is_empty() && path.attribute.is_none() { Err("a path".to_owned()) } else { Ok(path) }
    }
}

/// Parts between slashes that stand outside brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut inside) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            '/' if !inside => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !text.is_empty() {
        parts.push(&text[start..]);
    }
    parts
}

fn step(part: &str) -> Result<Step, String> {
    let Some((name, rest)) = part.split_once('[') else {
        return if part.is_empty() {
            Err("no empty step".to_owned())
        } else {
            Ok(Step { name: part.to_owned(), predicate: None })
        };
    };
    let inner = rest.strip_suffix(']').ok_or_else(|| format!("a closing bracket in {part}"))?;
    let (what, value) = inner.split_once('=').ok_or_else(|| format!("name=value in the brackets of {part}"))?;
    Ok(Step { name: name.to_owned(), predicate: Some((what.to_owned(), value.to_owned())) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let path = Path::parse("charges/charge[chargeType=PRODUCT]/@currency").unwrap();
        assert_eq!(path.steps.len(), 2);
        assert_eq!(path.steps[1].predicate, Some(("chargeType".into(), "PRODUCT".into())));
        assert_eq!(path.attribute.as_deref(), Some("currency"));
        assert_eq!(Path::parse("cac:Item/cbc:ID[@schemeID=a/b]").unwrap().steps[1].local(), "ID");
        for wrong in ["", "a//b", "a[b", "a[b]", "@a/b"] {
            assert!(Path::parse(wrong).is_err(), "{wrong}");
        }
    }
}
