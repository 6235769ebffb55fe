//! Text on its way to people: to a terminal, a page, a spreadsheet.

/// Control characters, and characters that reorder, hide or break text.
#[must_use]
pub fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// The text with every character visible that would reorder, hide or break it.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if needs_escape(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Text without a character that means something to a browser.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A cell that no spreadsheet takes for a formula.
#[must_use]
pub fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// The name nearest to what was found if one is near enough, else the list of what is valid.
#[must_use]
pub fn nearest<'n>(found: &str, names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    let near = names.iter().map(|name| (strsim::damerau_levenshtein(found, name), *name)).min();
    match near {
        Some((distance, name)) if distance <= 2.max(found.len() / 3) => format!("`{name}`"),
        _ => format!("one of {}", names.iter().take(40).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")),
    }
}
