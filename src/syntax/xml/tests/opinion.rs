//! A second opinion: what the reader accepts, another reader of XML accepts too, and reads the same from it.

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::super::*;
use crate::document::Findings;

/// Names of elements, full, and where they end; none when it is refused.
fn elements(text: &str) -> Option<Vec<String>> {
    let (mut reader, mut findings, mut all) = (XmlReader::new(text), Findings::default(), Vec::new());
    loop {
        match reader.next(&mut findings) {
            Step::Start => {
                all.push(reader.name().to_owned());
                all.extend(reader.attributes().iter().map(|(name, value)| format!("{name}={value}")));
            }
            Step::End => all.push("/".to_owned()),
            Step::Text => match reader.text() {
                Text::Plain(text) => all.push(format!("[{text}]")),
                Text::Character(c) => all.push(format!("[{c}]")),
            },
            Step::Eof => return Some(all),
            Step::Refused => return None,
        }
    }
}

/// The same from the other reader; none when it is refused.
fn others(text: &str) -> Option<Vec<String>> {
    let (mut reader, mut all) = (Reader::from_str(text), Vec::new());
    reader.config_mut().check_comments = true;
    let mut goes_on = false;
    loop {
        let event = reader.read_event().ok()?;
        let was = std::mem::replace(&mut goes_on, matches!(event, Event::CData(_) | Event::GeneralRef(_)));
        if let Event::Start(start) | Event::Empty(start) = &event {
            all.push(start.local_name().as_ref().to_owned());
            for attribute in start.attributes() {
                let attribute = attribute.ok()?;
                let value = quick_xml::escape::unescape(&attribute.value).ok()?.into_owned();
                all.push(format!("{}={value}", attribute.key.as_ref()));
            }
        }
        match event {
            Event::End(_) | Event::Empty(_) => all.push("/".to_owned()),
            Event::Text(text) if was || !text.trim_ascii().is_empty() => all.push(format!("[{}]", &*text)),
            Event::CData(text) => all.push(format!("[{}]", &*text)),
            Event::GeneralRef(name) => {
                let whole = format!("&{};", &*name);
                all.push(format!("[{}]", quick_xml::escape::unescape(&whole).ok()?));
            }
            Event::Eof => return Some(all),
            _ => {}
        }
    }
}

const PIECES: [&str; 36] = [
    "<a>",
    "</a>",
    "<b>",
    "</b>",
    "<a/>",
    "</a >",
    "<c d=\"1\">",
    "</c>",
    "<c d='>' e=\"&lt;'\" />",
    "<n:b>",
    "</n:b>",
    "<!-- c -->",
    "<!--",
    "-->",
    "--",
    "<![CDATA[<a>&]]>",
    "<![CDATA[",
    "]]>",
    "<?p q?>",
    "<?",
    "?>",
    "&amp;",
    "&#65;",
    "&#x41;",
    "&",
    ";",
    "<",
    ">",
    "/",
    "=",
    "\"",
    "'",
    " ",
    "\n",
    "t",
    "ä",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_is_accepted_is_well_formed_elsewhere_too(pieces in prop::collection::vec(0..PIECES.len(), 0..10)) {
        let text: String = pieces.iter().map(|at| PIECES[*at]).collect();
        for text in [format!("<a>{text}</a>"), text] {
            if let Some(all) = elements(&text) {
                prop_assert_eq!(Some(all), others(&text), "{}", text);
            }
        }
    }
}
