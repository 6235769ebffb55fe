//! `consign codes`: the table of finding codes, from which the documentation is made.

use super::out::Out;
use super::{Exit, Failure};
use crate::document::Code;

/// Prints the table.
pub fn run(out: &mut Out) -> Result<Exit, Failure> {
    out.line(markdown().trim_end())?;
    Ok(Exit::Well)
}

/// The page of codes as Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut page =
        String::from("# Finding codes\n\nMade by `consign codes`. A code keeps its name and meaning for ever.\n");
    let mut section = "";
    for code in Code::ALL {
        if code.section() != section {
            section = code.section();
            page.push_str(&format!(
                "\n## {section}\n\n| code | severity | effect | meaning | what to do |\n|---|---|---|---|---|\n"
            ));
        }
        let (severity, effect) = (code.severity().as_str(), code.effect().as_str());
        page.push_str(&format!("| `{code}` | {severity} | {effect} | {} | {} |\n", code.meaning(), code.remedy()));
    }
    page
}
