use super::super::*;
use crate::document::{Code, Findings};
use proptest::prelude::*;

fn push(out: &mut String, text: Text<'_>) {
    match text {
        Text::Plain(text) => out.push_str(text),
        Text::Character(c) => out.push(c),
    }
}

fn read(text: &str) -> (String, Option<Code>) {
    let (mut reader, mut findings, mut out) = (XmlReader::new(text), Findings::default(), String::new());
    loop {
        match reader.next(&mut findings) {
            Step::Start => {
                out.push_str(&format!("<{}", reader.name()));
                reader.attributes().iter().for_each(|(name, value)| out.push_str(&format!(" {name}={value}")));
                out.push('>');
            }
            Step::Text => push(&mut out, reader.text()),
            Step::End => out.push_str("</>"),
            Step::Eof => return (out, None),
            Step::Refused => return (out, findings.kept().last().map(|f| f.code)),
        }
    }
}

#[test]
fn x05_a_doctype_that_declares_nothing_is_taken_where_it_is_allowed_and_only_once() {
    let read = |text: &str| {
        let (mut reader, mut findings) = (XmlReader::new(text).with_bare_doctype(true), Findings::default());
        loop {
            match reader.next(&mut findings) {
                Step::Eof => return findings.kept().iter().map(|f| f.code).collect::<Vec<_>>(),
                Step::Refused => return findings.kept().last().map(|f| f.code).into_iter().collect(),
                _ => {}
            }
        }
    };
    for taken in [
        "<!DOCTYPE a><a/>",
        "<?xml version=\"1.0\"?>\n<!DOCTYPE cXML SYSTEM \"http://192.0.2.1/cXML.dtd\">\n<cXML/>",
        "<!DOCTYPE a SYSTEM 'a>b' ><a/>",
        "<!DOCTYPE n:a\nPUBLIC \"-//X//Y\" \"y.dtd\"\n><a/>",
    ] {
        assert_eq!(read(taken), [Code::XmlReferenceIgnored], "{taken}");
    }
    for refused in [
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "<!DOCTYPE a SYSTEM \"a.dtd\" [<!ENTITY x 'y'>]><a/>",
        "<!DOCTYPE a []><a/>",
        "<!DOCTYPE a SYSTEM><a/>",
        "<!DOCTYPE a PUBLIC \"-//X//Y\"><a/>",
        "<!DOCTYPE a SYSTEM\"a.dtd\"><a/>",
        "<!doctype a><a/>",
        "<!DOCTYPE><a/>",
        "<!DOCTYPE a><!DOCTYPE a><a/>",
        "<a/><!DOCTYPE a>",
        "<a><!DOCTYPE a></a>",
    ] {
        assert_eq!(read(refused), [Code::XmlDoctype], "{refused}");
    }
}

macro_rules! refuses {
    ($($name:ident $text:expr => $code:ident)*) => {
        $(#[test] fn $name() { assert_eq!(read($text.as_ref()).1, Some(Code::$code)); })*
    };
}

refuses! {
    x01_external_entity "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>" => XmlDoctype
    x03_laughs "<!DOCTYPE l [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>" => XmlDoctype
    x05_doctype_without_subset "<!DOCTYPE a><a/>" => XmlDoctype
    x06_undefined_entity "<a>&foo;</a>" => XmlEntity
    x06_undefined_entity_in_attribute "<a b=\"&foo;\"/>" => XmlEntity
    x07_cut_in_an_element "<Order><Lines>" => XmlTruncated
    x07_cut_in_a_tag "<Order><Lin" => XmlTruncated
    x07_cut_in_text "<Order>abc" => XmlTruncated
    x08_mismatched_end "<a><b></a></b>" => XmlNotWellFormed
    x08_end_without_start "</a>" => XmlNotWellFormed
    x09_two_roots "<a/><b/>" => XmlNotWellFormed
    x09_text_behind "<a/>x" => XmlNotWellFormed
    x09_text_before "x<a/>" => XmlNotWellFormed
    x09_no_root " " => XmlNotWellFormed
    x10_attribute_twice "<a b=\"1\" b=\"2\"/>" => XmlNotWellFormed
    x11_less_in_attribute "<a b=\"<\"/>" => XmlNotWellFormed
    x11_cdata_end_in_text "<a>]]></a>" => XmlNotWellFormed
    x11_hyphens_in_comment "<a><!-- a -- b --></a>" => XmlNotWellFormed
    x12_control_character "<a>\u{1}</a>" => XmlChar
    x12_reference_to_zero "<a>&#0;</a>" => XmlChar
    x12_reference_to_surrogate "<a>&#xD800;</a>" => XmlChar
    x12_reference_too_large "<a>&#x110000;</a>" => XmlChar
    x13_name_with_digit "<1a/>" => XmlNotWellFormed
    x13_two_colons "<a:b:c/>" => XmlNotWellFormed
    x14_depth "<a>".repeat(1_000_000) => XmlDepth
    x15_attributes format!("<a {}/>", (0..80_000).map(|n| format!("a{n}=\"\" ")).collect::<String>()) => FieldTooLong
    x15_fewer_attributes format!("<a {}/>", (0..300).map(|n| format!("a{n}=\"\" ")).collect::<String>()) => XmlAttributes
    x16_namespaces format!("<a {}/>", (0..300).map(|n| format!("xmlns:a{n}='' ")).collect::<String>()) => XmlNamespaces
    x17_long_text format!("<a>{}</a>", "x".repeat(1 << 20)) => FieldTooLong
    x17_long_comment format!("<a><!--{}--></a>", "x".repeat(1 << 20)) => FieldTooLong
    x20_version "<?xml version=\"1.1\"?><a/>" => XmlVersion
    no_blank_between_attributes "<a b=\"1\"c=\"2\"/>" => XmlNotWellFormed
    attribute_without_quotes "<a b=1/>" => XmlNotWellFormed
    attribute_without_value "<a b/>" => XmlNotWellFormed
    declaration_later " <?xml version=\"1.0\"?><a/>" => XmlNotWellFormed
    instruction_named_xml "<a><?XML x?></a>" => XmlNotWellFormed
    bare_ampersand "<a>a & b</a>" => XmlNotWellFormed
}

#[test]
fn sound_files_are_read() {
    for (text, expected) in [
        ("<a/>", "<a></>"),
        ("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>x</a>\n", "<a>x</>"),
        ("<n:a xmlns:n='u'><n:b c=\"1 &lt; 2\">x &amp; y</n:b></n:a>", "<a xmlns:n=u><b c=1 < 2>x & y</></>"),
        ("<a><![CDATA[<b>&]]></a>", "<a><b>&</>"),
        ("<a><!-- x --><?pi y?>&#228;</a>", "<a>ä</>"),
    ] {
        assert_eq!(read(text), (expected.to_owned(), None), "{text}");
    }
}

#[test]
fn x07_the_open_path_is_told() {
    let (mut reader, mut findings) = (XmlReader::new("<Order>\n <Lines>\n"), Findings::default());
    while !matches!(reader.next(&mut findings), Step::Refused | Step::Eof) {}
    let finding = &findings.kept()[0];
    assert_eq!(finding.found, "the end inside /Order/Lines (2 open)");
    assert_eq!(finding.at.line, 3);
}

proptest! {
    #[test]
    fn written_text_and_attributes_read_back(text in "[ -~äöü\u{4e2d}\n]{1,40}", value in "\\PC{0,40}") {
        let mut writer = XmlWriter::default();
        writer.declaration("UTF-8");
        writer.start("a");
        writer.attribute("b", &value);
        writer.text(&text);
        writer.end();
        let written = writer.finish();
        let (mut reader, mut findings, mut read) = (XmlReader::new(std::str::from_utf8(&written).unwrap()), Findings::default(), String::new());
        loop {
            match reader.next(&mut findings) {
                Step::Start => prop_assert_eq!(&reader.attributes()[0].1, &value),
                Step::Text => push(&mut read, reader.text()),
                Step::End => {}
                Step::Eof => break,
                Step::Refused => prop_assert!(false, "{:?}", findings.kept()),
            }
        }
        // Blanks in front of everything are no text.
        prop_assert_eq!(read.trim(), text.trim());
    }

    #[test]
    fn arbitrary_bytes_never_panic(text in "[<>/a-c=\"'&;#!?\\[\\] -]{0,60}") {
        let _ = read(&text);
    }
}
